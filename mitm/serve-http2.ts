import { request } from 'node:http'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { SeenConnection } from './witness.ts'

export interface Http2Options {
  /** Hosts for which the attacker says that it answers as well. */
  readonly origins: readonly string[]
  /** A way into whatever reads plaintext HTTP/1.1: one for each request. */
  readonly enter: () => Promise<Duplex>
}

/** Of HTTP/1.1's connection only, and HTTP/2's own. */
const NOT_PASSED_ON = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'http2-settings']

/**
 * Speaks HTTP/2 with a victim whose TLS has ended here, and passes each request on as HTTP/1.1. Counted is what the victim
 * asks, fields and body: a preface and acknowledgements say nothing about it.
 */
export function serveHttp2(victim: TLSSocket, seen: SeenConnection, { origins, enter }: Http2Options): void {
  const session = performServerHandshake(victim)
  // Node begins at secureConnect, which comes by itself only where a tls.Server has made the socket (seen on Node 24).
  victim.emit('secureConnect')
  // What a victim breaks off is told by the bytes that came.
  session.on('error', () => {})
  let told = false
  session.on('stream', (stream, headers) => {
    if (!told) tell(session, origins, portOf(String(headers[':authority'] ?? '')))
    told = true
    seen.applicationBytes += sizeOf(headers)
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => {
      seen.applicationBytes += chunk.length
    })
    answer(stream, headers, enter)
  })
}

/** RFC 8336: an ORIGIN frame, which may come at any time. The port is the one under which the victim knows this server. */
function tell(session: ServerHttp2Session, origins: readonly string[], port: string): void {
  if (origins.length > 0) session.origin(...origins.map((host) => `https://${host}${port}`))
}

function portOf(authority: string): string {
  return /:\d+$/.exec(authority)?.[0] ?? ''
}

type Fields = Readonly<Record<string, string | readonly string[] | number | undefined>>

function answer(stream: ServerHttp2Stream, headers: Fields, enter: Http2Options['enter']): void {
  const passed = { ...plain(headers), host: String(headers[':authority'] ?? headers.host ?? '') }
  const asked = request(
    {
      method: String(headers[':method'] ?? 'GET'),
      path: String(headers[':path'] ?? '/'),
      headers: passed,
      createConnection: (_options, callback) => {
        enter().then(
          (reader) => callback(null, reader),
          (error: Error) => callback(error, undefined as never),
        )
        return undefined
      },
    },
    (response) => {
      if (stream.destroyed) return void response.resume()
      stream.respond({ ':status': response.statusCode ?? 502, ...plain(response.headers) })
      response.pipe(stream)
      response.on('error', () => stream.destroy())
    },
  )
  asked.on('error', () => stream.destroy())
  stream.pipe(asked)
}

function plain(headers: Fields): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || NOT_PASSED_ON.includes(name) || value === undefined) continue
    kept[name] = typeof value === 'object' ? [...value] : String(value)
  }
  return kept
}

function sizeOf(headers: Fields): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0)
}
