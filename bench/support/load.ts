import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { Client } from 'undici'

export interface LoadOptions {
  readonly port: number
  readonly path: string
  /** What is asked for once on each connection, before anything counts: something small. */
  readonly opening: string
  /** Of the next request. */
  readonly headers: () => Readonly<Record<string, string>>
  readonly connections: number
}

/** Somebody who is ready to keep a server busy. */
export interface Busy extends AsyncDisposable {
  /** @returns how often it was done in so many ms */
  keep(time: number): Promise<number>
}

/** ms; a crowd's handshakes stand in line, and the last of them is not to give up where the machine is busy. */
const PATIENCE = 60_000
// Whom they meet is no matter here.
const CONNECT = { rejectUnauthorized: false, timeout: PATIENCE }

/** As many requests as may be over connections that stay open, and that are open already. Counts answers with 200, whole. */
export async function load({ port, opening, path, headers, connections }: LoadOptions): Promise<Busy> {
  const clients = Array.from(
    { length: connections },
    () => new Client(`https://localhost:${port}`, { connect: CONNECT, pipelining: 1 }),
  )
  const ask = async (client: Client, what: string) => {
    const { statusCode, body } = await client.request({ method: 'GET', path: what, headers: headers() })
    if (statusCode !== 200) throw new Error(`${what} was answered with ${statusCode}: ${await body.text()}`)
    for await (const _ of body);
  }
  const close = async () => void (await Promise.all(clients.map((client) => client.destroy())))
  try {
    await Promise.all(clients.map((client) => ask(client, opening)))
  } catch (error) {
    await close()
    throw error
  }
  const keep = (time: number) => keepAt(clients, time, (client) => ask(client, path))
  return { keep, [Symbol.asyncDispose]: close }
}

/** Whole handshakes, nothing taken up again, so many at a time. */
export function handshakes({ port, connections }: Pick<LoadOptions, 'port' | 'connections'>): Busy {
  const shake = async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.destroy()
  }
  const lanes = Array.from({ length: connections }, (_, lane) => lane)
  return { keep: (time) => keepAt(lanes, time, shake), [Symbol.asyncDispose]: async () => {} }
}

async function keepAt<T>(lanes: readonly T[], time: number, act: (lane: T) => Promise<void>): Promise<number> {
  const until = performance.now() + time
  let done = 0
  const keep = async (lane: T) => {
    while (performance.now() < until) {
      await act(lane)
      done += 1
    }
  }
  await Promise.all(lanes.map(keep))
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
