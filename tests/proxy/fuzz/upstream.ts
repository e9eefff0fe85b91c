import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { Material } from '#certs/material.ts'
import { codeOf } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'

/** A request as the upstream got it. */
export interface Seen {
  readonly serial: number
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly hasBody: boolean
  readonly servername: unknown
}

export interface UpstreamWatch {
  seen(request: Seen): void
  /** The proxy sent something that is no HTTP. */
  broken(error: Error): void
}

/** The header that names the request an answer belongs to. */
export const SERIAL = 'x-serial'
/** The whole body of an answer that is not JSON is this, over and over. */
export const pictureOf = (serial: number) => `<picture for ${serial}>`

/** NASA, as a program that says in each answer which request it answers, in the way that the request's path asks for. */
export async function startNamingUpstream({ nasa }: Material, watch: UpstreamWatch): Promise<Listening> {
  let serial = 0
  // Its own limit on headers would refuse what the proxy may well pass on.
  const options = { cert: nasa.chain, key: nasa.key, maxHeaderSize: 65_536 }
  const server = createServer(options, (request, response) => {
    const { method = '', url = '', headers } = request
    const { servername } = request.socket as TLSSocket
    const seen = { method, url, headers, servername, serial: ++serial }
    let bodyBytes = 0
    request.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length
    })
    request.once('end', () => {
      watch.seen({ ...seen, hasBody: bodyBytes > 0 })
      answer(seen, request, response)
    })
  })
  server.on('clientError', (error, socket) => {
    // It may break off, when its own client has left; but it must not say anything else than HTTP.
    if (/^HPE_(?!INVALID_EOF_STATE)/.test(codeOf(error) ?? '')) watch.broken(error)
    socket.destroy()
  })
  return listen(server, { what: 'the upstream of the fuzzer' })
}

type Asked = Pick<Seen, 'serial' | 'url' | 'headers'>

function answer(seen: Asked, { socket }: IncomingMessage, response: ServerResponse): void {
  const kind = /^\/([a-z]+)/.exec(seen.url)?.[1] ?? 'picture'
  const headers = { [SERIAL]: String(seen.serial), 'x-asked': seen.url, 'set-cookie': 'a=b', etag: '"a"' }
  const give = (status: number, more: OutgoingHttpHeaders, body?: string | Buffer) => {
    response.writeHead(status, { ...headers, ...more }).end(body)
  }
  const picture = pictureOf(seen.serial)
  if (kind === 'json') giveJson(seen, give)
  else if (kind === 'stream') {
    response.writeHead(200, { ...headers, 'content-type': 'text/plain' }).write(picture.repeat(40))
    setImmediate(() => response.end(picture))
  } else if (kind === 'half') {
    response.writeHead(200, { ...headers, 'content-length': 1_000 }).write(picture, () => response.destroy())
  } else if (kind === 'broken') socket.destroy()
  else if (kind === 'empty') give(204, {})
  else if (kind === 'unchanged') give(304, {})
  else if (kind === 'refused')
    give(404, { 'content-type': 'application/json' }, JSON.stringify({ serial: seen.serial }))
  else if (kind === 'redirect') give(302, { location: '/picture/elsewhere', 'content-length': 0 })
  else if (kind === 'away') give(301, { location: 'https://evil.lab.test/' }, picture)
  else give(200, { 'content-type': 'image/jpeg', 'content-length': picture.length * 3 }, picture.repeat(3))
}

type Give = (status: number, headers: OutgoingHttpHeaders, body: string | Buffer) => void

// With our key in it, as some APIs repeat the question in the answer.
function giveJson({ serial, url, headers }: Asked, give: Give): void {
  const asked = `https://${headers.host}${url}`
  const text = JSON.stringify({ serial, asked, url: 'https://apod.nasa.gov/image/a.jpg', hdurl: asked })
  const type = { 'content-type': 'application/json' }
  if (!/gzip/.test(String(headers['accept-encoding']))) give(200, type, text)
  else give(200, { ...type, 'content-encoding': 'gzip' }, gzipSync(text, { level: 1 }))
}
