import { lookup as systemLookup } from 'node:dns'
import { once } from 'node:events'
import { createServer as createPlainServer, type LookupFunction, type Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Credentials } from '#certs/credentials.ts'
import { type Listening, listen } from '#kit/listen.ts'

/** Every name leads to this machine. */
export const toLoopback: LookupFunction = (_host, how, callback) => systemLookup('127.0.0.1', how, callback)

export interface Server extends Listening {
  /** Decrypted bytes of all connections, as text; read it after idle(). */
  received(): string
  readonly seen: { connections: number; resumed: number; names: (string | undefined)[]; alpn: (string | false)[] }
  /** Settles when every connection that was opened has ended: only then is "nothing arrived" a finding. */
  idle(): Promise<void>
}

export type Answer = (request: string) => string

export const ok: Answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

export const silence: Answer = () => ''

export function redirectTo(location: string, status = 302): Answer {
  return () => `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`
}

/** A TLS server that writes down every decrypted byte and answers each request head with `answer`. */
export async function startServer(
  credentials: Credentials,
  answer: Answer = ok,
  more: TlsOptions = {},
): Promise<Server> {
  const log = recorder()
  const server = createServer({ key: credentials.key, cert: credentials.chain, ...more }, (socket: TLSSocket) => {
    log.seen.names.push(socket.servername || undefined)
    log.seen.alpn.push(socket.alpnProtocol ?? false)
    if (socket.isSessionReused()) log.seen.resumed += 1
    log.read(socket, answer)
  })
  server.on('connection', log.connected)
  return { ...(await listen(server, { what: 'the test server' })), ...log }
}

/** The same in the clear, and it answers whatever it hears at once. */
export async function startPlainServer(answer: Answer = ok): Promise<Server> {
  const log = recorder()
  const server = createPlainServer((socket) => {
    log.connected(socket)
    log.read(socket, answer, /^/)
  })
  return { ...(await listen(server, { what: 'the test server' })), ...log }
}

function recorder() {
  const seen: Server['seen'] = { connections: 0, resumed: 0, names: [], alpn: [] }
  const sockets = new Set<Socket>()
  let text = ''
  return {
    seen,
    received: () => text,
    connected(socket: Socket) {
      seen.connections += 1
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    },
    read(socket: Socket, answer: Answer, complete = /\r\n\r\n/) {
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1')
          if (complete.test(chunk.toString('latin1'))) socket.write(answer(chunk.toString('latin1')))
        })
    },
    idle: async () => {
      await Promise.all([...sockets].map((socket) => once(socket, 'close')))
    },
  }
}
