import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import type { Limits } from '#proxy/limits.ts'
import { until } from './faulty.ts'
import { closed, type UpstreamHandler, withProxy } from './world.ts'

/** The proxy, and whether anything of its clients is left in it. */
export async function withWatchedProxy(limits: Partial<Limits> = {}, answer?: UpstreamHandler) {
  const accepted = new Map<Socket, number | undefined>()
  const watch = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    accepted.set(socket, socket.localPort)
    socket.once('close', () => accepted.delete(socket))
  }
  // It sees what has no TLS yet too.
  subscribe('net.server.socket', watch)
  const world = await withProxy({ config: { limits }, ...(answer && { answer }) })
  const { port } = world.proxy
  return {
    ...world,
    /** Connections of clients that the proxy has. */
    get clients() {
      return [...accepted.values()].filter((at) => at === port).length
    },
    /** TCP and nothing else. */
    async wire(): Promise<Socket> {
      const wire = connect({ host: '127.0.0.1', port, noDelay: true })
      wire.on('error', () => {})
      await once(wire, 'connect')
      return wire.resume()
    },
    async [Symbol.asyncDispose]() {
      unsubscribe('net.server.socket', watch)
      await world[Symbol.asyncDispose]()
    },
  }
}

export type WatchedWorld = Awaited<ReturnType<typeof withWatchedProxy>>

/** While it lasts, another client asks again and again and is served right; after it, nothing is left. */
export async function besides<T>(world: WatchedWorld, hostile: () => Promise<T>): Promise<T> {
  let over = false
  const served = (async () => {
    do expect(await world.get('/apod.nasa.gov/good')).toMatchObject({ status: 200, text: 'picture' })
    while (!over)
  })()
  const done = hostile().finally(() => {
    over = true
  })
  const [result] = await Promise.all([done, served])
  await until(() => world.clients === 0)
  expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
  return result
}

/** So many of the same at once; settles when the proxy has closed them all, with what was read from each. */
export function all<T>(many: number, one: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: many }, one))
}

/** What comes until the other side closes. */
export async function heard(socket: Socket): Promise<string> {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  await closed(socket)
  return text
}

/** The first flight of a client that asks for localhost. */
export async function clientHello(): Promise<Buffer> {
  const server = createServer()
  await using listening = await listen(server, { what: 'a listener' })
  const client = connectTls({ host: '127.0.0.1', port: listening.port, servername: 'localhost' })
  client.on('error', () => {})
  const [wire] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(wire, 'data')) as [Buffer]
  client.destroy()
  return hello
}
