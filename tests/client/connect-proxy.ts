import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Listening, listen } from '#kit/listen.ts'

export interface ConnectProxy extends Listening {
  readonly asked: readonly string[]
  /** The Proxy-Authorization header of each. */
  readonly credentials: readonly (string | undefined)[]
  /** From now on every CONNECT leads there. */
  leadTo(port: number): void
}

/** An honest explicit proxy: every CONNECT leads to `port` on this machine, whatever name was asked for. */
export async function startConnectProxy(port: number): Promise<ConnectProxy> {
  let end = port
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const server = createServer((_request, response) => response.writeHead(400).end())
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '')
    credentials.push(request.headers['proxy-authorization'])
    const upstream = connect(end, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    socket.on('close', () => upstream.destroy())
  })
  const leadTo = (other: number) => {
    end = other
  }
  return { ...(await listen(server, { what: 'the test proxy' })), asked, credentials, leadTo }
}
