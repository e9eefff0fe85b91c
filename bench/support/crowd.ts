// Hostile clients, in a process of their own: they keep at it until they are ended.
import { once } from 'node:events'
import { connect as connectPlainly, type Socket } from 'node:net'
import { connect } from 'node:tls'

interface Crowd {
  readonly port: number
  readonly kind: Kind
  readonly count: number
  readonly path: string
  readonly token: string
}

/** Those that stand, and are followed by another when they are let go; or so many beginning every second. */
const KINDS = {
  silent: (crowd: Crowd) => stand(crowd, async () => connectPlainly(crowd.port, '127.0.0.1')),
  idle: (crowd: Crowd) => stand(crowd, () => shaken(crowd.port)),
  'dripping heads': (crowd: Crowd) => stand(crowd, () => dripping(crowd.port, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ')),
  'dripping bodies': (crowd: Crowd) =>
    stand(crowd, () => dripping(crowd.port, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n')),
  'never reading': (crowd: Crowd) => stand(crowd, () => asking(crowd)),
  handshakes: (crowd: Crowd) => each(crowd, async () => void (await shaken(crowd.port)).destroy()),
  flooding: (crowd: Crowd) => flood(crowd, async () => void (await shaken(crowd.port)).destroy()),
  leaving: (crowd: Crowd) =>
    each(crowd, async () => {
      const socket = await asking(crowd)
      await once(socket, 'readable')
      socket.destroy()
    }),
} as const

export type Kind = keyof typeof KINDS

const crowd: Crowd = JSON.parse(process.env.CROWD ?? '{}')
await KINDS[crowd.kind](crowd)
process.send?.({ port: crowd.port })

async function stand({ count }: Crowd, begin: () => Promise<Socket>): Promise<void> {
  const keep = async (): Promise<void> => {
    const socket = await begin()
    socket.on('error', () => {}).once('close', () => void keep().catch(() => {}))
  }
  await Promise.all(Array.from({ length: count }, keep))
}

async function each({ count }: Crowd, act: () => Promise<void>): Promise<void> {
  setInterval(() => void act().catch(() => {}), 1000 / count)
  await act()
}

/** As fast as they can. */
async function flood({ count }: Crowd, act: () => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    await act().catch(() => {})
    setImmediate(lane)
  }
  for (let begun = 0; begun < count; begun += 1) void lane()
}

async function shaken(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

async function dripping(port: number, begin: string): Promise<Socket> {
  const socket = await shaken(port)
  socket.write(begin)
  const timer = setInterval(() => socket.write('a'), 250)
  socket.once('close', () => clearInterval(timer)).resume()
  return socket
}

async function asking({ port, path, token }: Crowd): Promise<Socket> {
  const socket = await shaken(port)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nApproov-Token: ${token}\r\n\r\n`)
  return socket
}
