import { createServer, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { codeOf } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Witness } from '../witness.ts'
import type { RoadOptions } from './takeover.ts'

export interface ProxyRoadOptions extends RoadOptions {
  /** The only hosts that a tunnel may be asked for: the attacker reaches nothing beyond the lab. */
  readonly targets: readonly string[]
  readonly witness: Witness
  /** Whether CONNECT is answered with a tunnel, or with 502 on a connection that stays open. */
  readonly tunnels: boolean
}

/** The client was told to use the attacker as its proxy (RFC 9110 section 9.3.6: CONNECT). */
export function explicitProxy({
  listenHost,
  onVictim,
  targets,
  witness,
  tunnels,
}: ProxyRoadOptions): Promise<Listening> {
  const server = createServer((request, response) => {
    // A request in clear is the attacker's to read, whether it is answered or not.
    noteClearRequest(witness, request)
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end('only CONNECT is served here\n')
  })
  server.on('connect', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // http.Server hands out the net.Socket it accepted; the type says Duplex because a user may inject another.
    if (!(stream instanceof Socket)) return stream.destroy()
    stream.on('error', () => {})
    if (!targets.map(hostOf).includes(hostOf(request.url ?? ''))) return refuse(witness, stream, request.url ?? '')
    stream.write(tunnels ? 'HTTP/1.1 200 Connection Established\r\n\r\n' : NO_TUNNEL)
    // A hasty client has sent its hello along with the CONNECT.
    if (head.length > 0) stream.unshift(head)
    return onVictim(stream)
  })
  server.on('clientError', (error, stream) => {
    witness.connection().failure = codeOf(error) ?? error.message
    stream.destroy()
  })
  return listen(server, { what: 'the attacker', host: listenHost })
}

const NO_TUNNEL = 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'

function refuse(witness: Witness, stream: Socket, authority: string): void {
  witness.connection().failure = `CONNECT ${authority} refused: not the host of this play`
  stream.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
}

function noteClearRequest(witness: Witness, request: IncomingMessage): void {
  const { method = '', url = '', headers } = request
  const seen = witness.connection()
  seen.failure = `${method} in clear refused: only CONNECT is served`
  seen.applicationBytes = request.socket.bytesRead
  request.socket.once('close', () => {
    seen.applicationBytes = request.socket.bytesRead
  })
  witness.request({ method, path: url, headers: definedOnly(headers), body: '' })
  request.resume()
}

/** `API.lab.test.:443` and `api.lab.test` are one host; an IPv6 address with a port stands in brackets. */
export function hostOf(authority: string): string {
  const [, host = authority] = /^(\[.*\]|[^:]*):\d+$/.exec(authority) ?? []
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
}

function definedOnly(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
