import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { SignJWT } from 'jose'
import { createMaterial, type Material } from '#certs/material.ts'
import { listen } from '#kit/listen.ts'
import { createLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import type { ProxyConfig } from '#proxy/config.ts'
import { type Proxy as RunningProxy, startProxy } from '#proxy/proxy.ts'

export const NASA_KEY = 'the-real-nasa-key-0123456789'

export type UpstreamHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly servername: string | false | null | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

export interface Asked {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Buffer
  readonly servername?: string
  readonly agent?: Agent
}

export type Line = Readonly<Record<string, unknown>>

interface Options {
  readonly answer?: UpstreamHandler
  readonly config?: Partial<ProxyConfig>
  readonly now?: () => Date
  readonly material?: Material
}

let shared: Promise<Material> | undefined
/** One material a test file: each file is a world of its own. */
export const freshMaterial = (): Promise<Material> => {
  shared ??= createMaterial({ now: new Date() })
  return shared
}

/** An upstream that answers as it is told, the proxy in front of it, and a client that verifies the proxy. */
export async function withProxy(options: Options = {}) {
  const material = options.material ?? (await freshMaterial())
  const upstream = await startUpstream(material, options.answer ?? ((_, response) => void response.end('picture')))
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  const destination = {
    write(text: string) {
      lines.push(JSON.parse(text))
      for (const look of [...waiting]) look()
    },
  }
  const proxy = await startProxy(
    { ...standardConfig(material, upstream.port), ...options.config },
    { log: createLog({ name: 'proxy', level: 'debug', destination }), now: options.now ?? (() => new Date()) },
  )
  const ask = (path: string, how: Asked = {}) => askProxy(proxy, material, path, how)
  return {
    material,
    proxy,
    upstream,
    lines,
    ask,
    get: async (path: string, headers: OutgoingHttpHeaders = {}) => whole(await ask(path, { headers })),
    json: async (path: string, headers: OutgoingHttpHeaders = {}) =>
      JSON.parse((await whole(await ask(path, { headers }))).text),
    /** Waits until the log has such a line. */
    line: (fits: (line: Line) => boolean) => lineThat(lines, waiting, fits),
    token: (claims: { expires?: Date; secret?: string } = {}) => token(material, claims),
    /** A verified TLS connection to the proxy, nothing sent yet. */
    socket: () => connectTo(proxy, material),
    /** Sends bytes as they are and returns all that comes back; then `more`, once `heard` came. */
    raw: async (text: string, heard?: string, more?: string) =>
      raw(await connectTo(proxy, material), [text, heard, more]),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await upstream.close()
    },
  }
}

export function standardConfig(material: Material, upstreamPort: number): ProxyConfig {
  return {
    port: 0,
    identities: {
      selfSigned: { kind: 'given', ...material.proxySelfSigned },
      caSigned: { kind: 'given', ...material.proxyCaSigned },
    },
    upstream: {
      kind: 'standin',
      address: { host: '127.0.0.1', port: upstreamPort },
      authorities: material.root.chain,
    },
    nasaKey: new Secret(NASA_KEY),
    attestation: { secret: new Secret(material.attestationSecret), enforce: false },
  }
}

export async function startUpstream(material: Material, answer: UpstreamHandler) {
  const seen: Seen[] = []
  const open = new Set<TLSSocket>()
  let connections = 0
  const server = createServer({ cert: material.nasa.chain, key: material.nasa.key }, (request, response) => {
    const { servername } = request.socket as TLSSocket
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, servername })
    answer(request, response)
  })
  server.on('secureConnection', (socket) => {
    connections++
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  })
  const listening = await listen(server, { what: 'the upstream of a test' })
  return {
    port: listening.port,
    seen,
    server,
    get connections() {
      return connections
    },
    get open() {
      return open.size
    },
    /** Settles when no connection is open any more. */
    async allClosed() {
      await Promise.all([...open].map(closed))
    },
    close: () => listening.close(),
  }
}

/** Not `once()`: an error comes before the close, and is not what is asked for. */
export function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

async function askProxy(proxy: RunningProxy, material: Material, path: string, how: Asked): Promise<IncomingMessage> {
  const ours = how.agent === undefined
  const agent = how.agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 })
  const asked = request({
    host: '127.0.0.1',
    port: proxy.port,
    servername: how.servername ?? 'localhost',
    ca: [material.proxySelfSigned.chain, material.root.chain],
    agent,
    path,
    method: how.method ?? 'GET',
    headers: { host: `localhost:${proxy.port}`, ...how.headers },
  })
  const answered = once(asked, 'response')
  asked.end(how.body)
  const [response] = (await answered) as [IncomingMessage]
  asked.on('error', () => {})
  response.once('close', () => ours && agent.destroy())
  return response
}

export async function whole(response: IncomingMessage): Promise<Answer> {
  const body = await buffer(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() }
}

function lineThat(lines: readonly Line[], waiting: Set<() => void>, fits: (line: Line) => boolean): Promise<Line> {
  return new Promise((resolve) => {
    const look = () => {
      const found = lines.find(fits)
      if (!found) return
      waiting.delete(look)
      resolve(found)
    }
    waiting.add(look)
    look()
  })
}

function token(material: Material, { expires, secret }: { expires?: Date; secret?: string }): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires ?? new Date(Date.now() + 300_000))
    .sign(new TextEncoder().encode(secret ?? material.attestationSecret))
}

async function connectTo({ port }: RunningProxy, { proxySelfSigned }: Material): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: proxySelfSigned.chain })
  await once(socket, 'secureConnect')
  return socket
}

async function raw(socket: TLSSocket, [text = '', heard, more = '']: (string | undefined)[]): Promise<string> {
  let all = ''
  socket.on('data', (chunk: Buffer) => {
    const before = all
    all += chunk
    if (heard !== undefined && !before.includes(heard) && all.includes(heard)) socket.write(more, 'latin1')
  })
  socket.on('error', () => {})
  socket.write(text, 'latin1')
  await closed(socket)
  return all
}

/** An upstream's answer of this text as JSON. */
export function jsonAnswer(text: string, headers: OutgoingHttpHeaders = {}): UpstreamHandler {
  return (_, response) => {
    const body = Buffer.from(text)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    response.end(body)
  }
}
