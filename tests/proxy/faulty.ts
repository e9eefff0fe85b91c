import { createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { expect } from '@jest/globals'
import { codeOf } from '#kit/error.ts'
import { listen } from '#kit/listen.ts'
import type { Limits } from '#proxy/limits.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { type Answer, closed, freshMaterial, standardConfig, withProxy } from './world.ts'

/** What an upstream does instead of its work, byte by byte. */
export interface Fault {
  /** As soon as TCP stands, and before TLS. */
  readonly accepted?: () => void
  /** As soon as TCP stands; there is no TLS then. */
  readonly connected?: (wire: Socket) => void
  /** Once a question has been read: what stands there is written, as it is, and then `after` is done. */
  readonly answer?: string | Buffer | ((connection: Connection) => void)
  readonly after?: 'hang' | 'end' | 'reset'
}

export interface Connection {
  readonly socket: TLSSocket
  /** Beneath TLS. */
  readonly wire: Socket
  /** Which connection this is, from 1. */
  readonly nth: number
  /** How many questions have been asked on it. */
  readonly asked: number
  /** How many have been asked on all of them. */
  readonly question: number
  readonly path: string
}

/** A timer of these that is left behind outlives any test. */
export const LONG = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 }
/** One of them that is met soon, and by no good answer of a busy machine. */
export const SHORT = 1_000

export type Kind = 'picture' | 'JSON'

/** The head of an answer with these lines, which go before its body. */
export function head(kind: Kind, ...lines: string[]): string {
  const type = kind === 'JSON' ? 'application/json' : 'image/jpeg'
  return ['HTTP/1.1 200 OK', `Content-Type: ${type}`, ...lines, '', ''].join('\r\n')
}

export const GOOD: Fault = { answer: `${head('picture', 'Content-Length: 4')}good` }

/** The proxy before an upstream whose every byte a test writes. */
export async function withFaultyUpstream(limits: Partial<Limits> = {}) {
  const material = await freshMaterial()
  const secureContext = createSecureContext({ cert: material.nasa.chain, key: material.nasa.key })
  const wires = new Set<Socket>()
  let [fault, connections, questions] = [GOOD, 0, 0]
  const server = createServer({ noDelay: true }, (wire) => {
    connections += 1
    wires.add(wire)
    wire.on('error', () => {})
    wire.once('close', () => wires.delete(wire))
    fault.accepted?.()
    if (fault.connected) fault.connected(wire.resume())
    else serve(new TLSSocket(wire, { isServer: true, secureContext }), wire, connections)
  })
  const serve = (socket: TLSSocket, wire: Socket, nth: number) => {
    let [text, asked] = ['', 0]
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!text.endsWith('\r\n\r\n')) return
      const [, path = ''] = text.split(' ')
      text = ''
      questions += 1
      asked += 1
      act(fault, { socket, wire, nth, asked, path, question: questions })
    })
  }
  const listening = await listen(server, { what: 'a faulty upstream' })
  const config = { upstream: standardConfig(material, listening.port).upstream, limits }
  const world = await withProxy({ material, config })
  return {
    ...world,
    /** From now on. */
    behave: (next: Fault) => {
      fault = next
    },
    get connections() {
      return connections
    },
    get questions() {
      return questions
    },
    get open() {
      return wires.size
    },
    port: listening.port,
    allClosed: async () => void (await Promise.all([...wires].map(closed))),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await listening.close()
    },
  }
}

export type FaultyWorld = Awaited<ReturnType<typeof withFaultyUpstream>>

function act({ answer = '', after = 'hang' }: Fault, connection: Connection): void {
  if (typeof answer === 'function') answer(connection)
  else
    connection.socket.write(answer, () => {
      if (after === 'end') connection.socket.end()
      if (after === 'reset') connection.wire.resetAndDestroy()
    })
}

/** What a client makes of an answer: a failure's code, that it is visibly broken, or its body. */
export async function outcomeOf(answer: Promise<Answer>): Promise<string> {
  try {
    const { status, headers, text } = await answer
    if (status < 500 || headers['x-request-id'] === undefined) return text
    const { error } = JSON.parse(text)
    return `${status} ${error.code}`
  } catch (error) {
    if (codeOf(error) === 'ECONNRESET') return 'broken'
    throw error
  }
}

/** What a client makes of it, once everything that it opened has been seen to close, and the next request to be served. */
export async function meet(world: FaultyWorld, fault: Fault, path = '/apod.nasa.gov/x'): Promise<string> {
  const before = timers()
  world.behave(fault)
  const outcome = await outcomeOf(world.get(path))
  await world.allClosed()
  await until(() => timers() <= before)
  world.behave(GOOD)
  expect(await outcomeOf(world.get(path))).toBe('good')
  expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
  return outcome
}

/** How many timers keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Waits, turn by turn, until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + PROMPTLY
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`it is not so: ${isSo}`)
    await nextTurn()
  }
}
