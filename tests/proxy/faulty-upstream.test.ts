import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from '@jest/globals'
import { createMaterial } from '#certs/material.ts'
import { type Connection, type Fault, GOOD, head, LONG, meet, outcomeOf, SHORT, withFaultyUpstream } from './faulty.ts'
import { closed, freshMaterial, standardConfig, withProxy } from './world.ts'

/** The first bytes of a ServerHello. */
const HELLO = Buffer.from('160303007a020000760303', 'hex')

const within = {
  TCP: { connected: () => {} },
  TLS: { connected: (wire: Socket) => void wire.once('data', () => wire.write(HELLO)) },
  'its head': { answer: 'HTTP/1.1 200 OK\r\nContent-Ty' },
  'a body with a length': { answer: `${head('picture', 'Content-Length: 100')}half` },
  'a body in chunks': { answer: `${head('picture', 'Transfer-Encoding: chunked')}4\r\nhalf\r\n` },
  'JSON with a length': { answer: `${head('JSON', 'Content-Length: 100')}{"a":` },
  'JSON in chunks': { answer: `${head('JSON', 'Transfer-Encoding: chunked')}5\r\n{"a":\r\n` },
} satisfies Record<string, Fault>

test.each([
  ['TCP', '504 UPSTREAM_CONNECT_TIMED_OUT'],
  ['TLS', '504 UPSTREAM_CONNECT_TIMED_OUT'],
  ['its head', '504 UPSTREAM_FIRST_BYTE_TIMED_OUT'],
  ['a body with a length', 'broken'],
  ['a body in chunks', 'broken'],
  ['JSON with a length', '504 UPSTREAM_IDLE_TIMED_OUT'],
  ['JSON in chunks', '504 UPSTREAM_IDLE_TIMED_OUT'],
] as const)('an upstream that hangs within %s is waited for no longer than is allowed: %s', async (stage, outcome) => {
  const limit = stage.startsWith('T') ? 'connectMs' : stage === 'its head' ? 'firstByteMs' : 'idleMs'
  await using world = await withFaultyUpstream({ ...LONG, [limit]: SHORT })
  expect(await meet(world, within[stage])).toBe(outcome)
})

test.each([
  ['its head', '502 UPSTREAM_BROKE_OFF'],
  ['a body with a length', 'broken'],
  ['a body in chunks', 'broken'],
  ['JSON with a length', '502 UPSTREAM_BROKE_OFF'],
  ['JSON in chunks', '502 UPSTREAM_BROKE_OFF'],
] as const)('a reset within %s is never taken for its end: %s', async (stage, outcome) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { ...within[stage], after: 'reset' })).toBe(outcome)
})

test.each([
  ['its head', '502 UPSTREAM_BROKE_OFF'],
  ['a body with a length', 'broken'],
  ['a body in chunks', 'broken'],
  ['JSON with a length', '502 UPSTREAM_BROKE_OFF'],
  ['JSON in chunks', '502 UPSTREAM_BROKE_OFF'],
] as const)('a connection that ends within %s has broken off: %s', async (stage, outcome) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { ...within[stage], after: 'end' })).toBe(outcome)
})

test.each(
  (['picture', 'JSON'] as const).flatMap((kind) =>
    (['hang', 'end', 'reset'] as const).map((after) => [kind, after] as const),
  ),
)('%s without length and chunks is refused, for half of it would look whole, also before a %s', async (kind, after) => {
  await using world = await withFaultyUpstream(LONG)
  const answer = `${head(kind, 'Connection: close')}{"a":1}`
  expect(await meet(world, { answer, after })).toBe('502 UPSTREAM_BAD_ANSWER')
})

test.each(['204 No Content', '304 Not Modified'])('%s has no body, and needs no length', async (status) => {
  await using world = await withFaultyUpstream(LONG)
  world.behave({ answer: `HTTP/1.1 ${status}\r\n\r\n` })
  const answer = await world.get('/apod.nasa.gov/x')
  expect(String(answer.status)).toBe(status.slice(0, 3))
})

test.each([
  ['a body with a length', 'picture', 'Content-Length: 100', 'half', 'broken'],
  ['a body in chunks', 'picture', 'Transfer-Encoding: chunked', '4\r\nhalf\r\n', 'broken'],
  ['JSON with a length', 'JSON', 'Content-Length: 100', '{"a":', '502 UPSTREAM_BROKE_OFF'],
  ['JSON in chunks', 'JSON', 'Transfer-Encoding: chunked', '5\r\n{"a":\r\n', '502 UPSTREAM_BROKE_OFF'],
] as const)(
  'one that has said it would close, and does so within %s, has broken off',
  async (...[_, kind, length, body, outcome]) => {
    await using world = await withFaultyUpstream(LONG)
    const text = head(kind, length, 'Connection: close') + body
    expect(await meet(world, { answer: text, after: 'end' })).toBe(outcome)
  },
)

test.each([
  ['TCP', (wire: Socket) => void wire.resetAndDestroy()],
  ['TLS', (wire: Socket) => void wire.once('data', () => wire.write(HELLO, () => wire.resetAndDestroy()))],
])('a reset within %s is told as such', async (_, connected) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { connected })).toBe('502 UPSTREAM_BROKE_OFF')
  expect(world.lines).toContainEqual(expect.objectContaining({ msg: 'request failed', reason: 'ECONNRESET' }))
  expect(world.connections).toBe(2)
})

test('an upstream that takes no connection is not waited for longer than is allowed', async () => {
  await using busy = await neverAccepting()
  const { upstream } = standardConfig(await freshMaterial(), busy.port)
  await using world = await withProxy({ config: { upstream, limits: { connectMs: 100 } } })
  expect(await outcomeOf(world.get('/api.nasa.gov/x'))).toBe('504 UPSTREAM_CONNECT_TIMED_OUT')
})

/** Its thread stands still, and the queue of its port is full: on Linux a further SYN is not answered. */
async function neverAccepting() {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer()
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
    })`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  const queued = [1, 2].map(() => connect({ host: '127.0.0.1', port }))
  await Promise.all(queued.map((socket) => once(socket, 'connect')))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of queued) socket.on('error', () => {}).destroy()
      await Promise.all(queued.map(closed))
      await worker.terminate()
    },
  }
}

/** Writes byte after byte, until there are none or the connection is gone. */
function drip({ socket }: Connection, bytes: Iterable<string>): void {
  const rest = bytes[Symbol.iterator]()
  const timer = setInterval(() => {
    const { value, done } = rest.next()
    if (done || socket.destroyed) clearInterval(timer)
    else socket.write(value)
  }, 30)
  socket.once('close', () => clearInterval(timer))
}

function* endlessHead(): Generator<string> {
  yield 'HTTP/1.1 200 OK\r\nX-Slow: '
  for (;;) yield 'a'
}

test('a head that drips is no sign of life: its limit is for the whole of it', async () => {
  await using world = await withFaultyUpstream({ ...LONG, firstByteMs: SHORT })
  const dripping: Fault = { answer: (connection) => drip(connection, endlessHead()) }
  expect(await meet(world, dripping)).toBe('504 UPSTREAM_FIRST_BYTE_TIMED_OUT')
})

test.each(['picture', 'JSON'] as const)('a %s that drips faster than the idle limit arrives whole', async (kind) => {
  await using world = await withFaultyUpstream({ ...LONG, idleMs: 600 })
  const body = JSON.stringify({ title: 'a picture of a day' })
  world.behave({
    answer: (connection) => {
      connection.socket.write(head(kind, `Content-Length: ${body.length}`))
      drip(connection, body)
    },
  })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe(body)
})

test.each(['end', 'reset'] as const)('an upstream that never answers, %s, is asked three times', async (after) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { after })).toBe('502 UPSTREAM_BROKE_OFF')
  expect(world.questions).toBe(3 + 1)
})

test.each(['end', 'reset'] as const)(
  'a kept connection that goes (%s) as it is used again is replaced',
  async (after) => {
    await using world = await withFaultyUpstream(LONG)
    expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
    world.behave({
      answer: ({ socket, wire, nth }) => {
        if (nth > 1) socket.write(GOOD.answer as string)
        else if (after === 'end') socket.end()
        else wire.resetAndDestroy()
      },
    })
    expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
    expect({ questions: world.questions, connections: world.connections }).toEqual({ questions: 3, connections: 2 })
    expect(world.lines.filter(({ msg }) => msg === 'request failed')).toEqual([])
  },
)

test.each([
  ['picture', 'broken'],
  ['JSON', '502 UPSTREAM_BROKE_OFF'],
] as const)(
  'of fifty at once, every third of which is reset, the others are right and whole: %s',
  async (kind, cut) => {
    await using world = await withFaultyUpstream(LONG)
    world.behave({
      answer: ({ socket, wire, path, question }) => {
        const [body, broken] = [JSON.stringify({ path }).padEnd(50_000), question % 3 === 0]
        const sent = head(kind, `Content-Length: ${body.length}`) + (broken ? body.slice(0, 20_000) : body)
        socket.write(sent, () => broken && wire.resetAndDestroy())
      },
    })
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
    const outcomes = await Promise.all(paths.map((path) => outcomeOf(world.get(`/apod.nasa.gov${path}`))))
    expect(outcomes.filter((outcome) => outcome === cut)).toHaveLength(16)
    const wrong = outcomes.filter((got, i) => got !== cut && got !== JSON.stringify({ path: paths[i] }).padEnd(50_000))
    expect(wrong).toEqual([])
  },
)

test('of fifty at once, every third of which is reset before its answer, each is right or said to have failed', async () => {
  await using world = await withFaultyUpstream(LONG)
  world.behave({
    answer: ({ socket, wire, path, question }) => {
      if (question % 3 === 0) wire.resetAndDestroy()
      else socket.write(`${head('picture', `Content-Length: ${path.length}`)}${path}`)
    },
  })
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
  const outcomes = await Promise.all(paths.map((path) => outcomeOf(world.get(`/apod.nasa.gov${path}`))))
  expect(outcomes.filter((got, i) => got !== paths[i] && got !== '502 UPSTREAM_BROKE_OFF')).toEqual([])
  expect(world.questions).toBeGreaterThan(50)
})

test('an upstream whose certificate has expired is untrusted, and hears no request', async () => {
  const { nasa, root } = await createMaterial({ now: new Date(Date.now() - 20 * 365 * 86_400_000) })
  await using world = await withProxy({ material: { ...(await freshMaterial()), nasa, root } })
  expect(await outcomeOf(world.get('/api.nasa.gov/x'))).toBe('502 UPSTREAM_UNTRUSTED')
  expect(world.lines).toContainEqual(expect.objectContaining({ reason: 'CERT_HAS_EXPIRED' }))
  expect(world.upstream.seen).toEqual([])
})
