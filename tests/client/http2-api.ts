import { once } from 'node:events'
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Credentials } from '#certs/credentials.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { APOD, PICTURE } from './world.ts'

export interface Http2Api extends Listening {
  readonly requests: readonly Http2Request[]
  readonly seen: { connections: number; streams: number; resumed: number }
  /** Decrypted bytes of all connections, the preface of HTTP/2 among them; read it after idle(). */
  bytes(): number
  /** Says in an ORIGIN frame (RFC 8336) that it answers for these as well. */
  claim(...origins: string[]): void
  /** Ends the sessions that there are, as a server does that restarts. */
  endSessions(): Promise<void>
  /** Settles when every connection that was opened has ended. */
  idle(): Promise<void>
}

export interface Http2Request {
  readonly version: string
  readonly authority: string | undefined
  readonly path: string
  readonly token: unknown
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void

/** Node's own HTTP/2 server; it answers HTTP/1.1 as well, to who offers nothing newer. */
export async function startHttp2Api(credentials: Credentials, handler: Handler = answer): Promise<Http2Api> {
  const requests: Http2Request[] = []
  const seen = { connections: 0, streams: 0, resumed: 0 }
  const sockets = new Set<Socket>()
  const trusted: TLSSocket[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createSecureServer({ key: credentials.key, cert: credentials.chain, allowHTTP1: true })
  server.on('connection', (socket: Socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    trusted.push(socket)
    if (socket.isSessionReused()) seen.resumed += 1
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {}).once('close', () => sessions.delete(session))
    session.on('stream', () => {
      seen.streams += 1
    })
  })
  server.on('request', (request, response) => {
    const { ':authority': authority, host, 'approov-token': token } = request.headers
    requests.push({ version: request.httpVersion, authority: authority ?? host, path: request.url, token })
    handler(request, response)
  })
  const allClosed = (all: Iterable<Socket | ServerHttp2Session>) =>
    Promise.all([...all].map((one) => once(one, 'close')))
  return {
    ...(await listen(server, { what: 'the HTTP/2 test API' })),
    ...{ requests, seen },
    // What TLS handed on, even to a session that reads below JavaScript; it stays when the socket has gone.
    bytes: () => trusted.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    claim(...origins) {
      for (const session of sessions) session.origin(...origins)
    },
    async endSessions() {
      const gone = allClosed(sessions)
      for (const session of sessions) session.close()
      await gone
    },
    idle: async () => void (await allClosed(sockets)),
  }
}

function answer({ url }: Http2ServerRequest, response: Http2ServerResponse): void {
  if (url.startsWith('/api.nasa.gov/')) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(APOD))
  } else {
    response.setHeader('content-type', 'image/jpeg')
    response.end(PICTURE)
  }
}
