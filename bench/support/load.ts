import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { Client } from 'undici'

export interface LoadOptions {
  readonly port: number
  readonly path: string
  /** Of the next request. */
  readonly headers: () => Readonly<Record<string, string>>
  readonly connections: number
  /** ms */
  readonly time: number
}

/** As many requests as may be over connections that stay open. @returns how many were answered with 200, whole */
export async function load({ port, path, headers, connections, time }: LoadOptions): Promise<number> {
  const clients = Array.from(
    { length: connections },
    () => new Client(`https://localhost:${port}`, { connect: { rejectUnauthorized: false }, pipelining: 1 }),
  )
  const until = performance.now() + time
  let answered = 0
  const keepAsking = async (client: Client) => {
    while (performance.now() < until) {
      const { statusCode, body } = await client.request({ method: 'GET', path, headers: headers() })
      for await (const _ of body);
      if (statusCode !== 200) throw new Error(`${path} was answered with ${statusCode}`)
      answered += 1
    }
  }
  try {
    await Promise.all(clients.map(keepAsking))
    return answered
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
}

/** Whole handshakes, nothing taken up again, 16 at a time. @returns how many */
export async function handshakes({ port, time }: Pick<LoadOptions, 'port' | 'time'>): Promise<number> {
  const until = performance.now() + time
  let done = 0
  const lane = async () => {
    while (performance.now() < until) {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      socket.destroy()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  return done
}

/** Readers who have begun with something large, and read no further. */
export async function slowReaders(
  { port, path, headers }: Pick<LoadOptions, 'port' | 'path' | 'headers'>,
  count: number,
): Promise<Disposable> {
  const begin = async (): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const lines = Object.entries(headers()).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}\r\n`)
    await once(socket, 'readable')
    return socket
  }
  const sockets = await Promise.all(Array.from({ length: count }, begin))
  return {
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
