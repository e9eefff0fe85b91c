import { once } from 'node:events'
import { Agent } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { closed, type UpstreamHandler, whole, withProxy } from './world.ts'

const CHUNK = Buffer.alloc(65_536, 'p')

/** Writes a picture that never ends, as fast as it is taken, and says how much that was. */
function endless() {
  let taken = 0
  const answer: UpstreamHandler = (_, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' })
    const more = () => {
      while (!response.destroyed) {
        taken += CHUNK.length
        if (!response.write(CHUNK)) return void response.once('drain', more)
      }
    }
    more()
  }
  return { answer, taken: () => taken }
}

/** Turns of the event loop until a number stands still. */
async function settled(value: () => number): Promise<number> {
  let last = -1
  for (let still = 0; still < 2_000; still++) {
    if (value() !== last) still = 0
    last = value()
    await nextTurn()
  }
  return last
}

test('a reader that stops holds the upstream back, and little is kept between them', async () => {
  const picture = endless()
  await using world = await withProxy({ answer: picture.answer })
  const response = await world.ask('/apod.nasa.gov/big.jpg')
  await once(response, 'readable')
  const before = process.memoryUsage().arrayBuffers
  const held = await settled(picture.taken)
  // Kernel buffers of two loopback connections take most of it.
  expect(held).toBeLessThan(32 * 1024 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)

  let read = 0
  response.on('data', (chunk: Buffer) => {
    read += chunk.length
    if (read > held + 4 * 1024 * 1024) response.destroy()
  })
  await once(response, 'close')
  expect(picture.taken()).toBeGreaterThan(held)
})

test('a download that the proxy ends when it stops is not laid on the upstream', async () => {
  await using world = await withProxy({ answer: (_, response) => void response.writeHead(200).write('begun') })
  const response = await world.ask('/apod.nasa.gov/a.jpg')
  response.on('error', () => {})
  await once(response, 'data')
  await world.proxy.close(1)
  const line = await world.line(({ path }) => path === '/a.jpg')
  expect(line).toMatchObject({ msg: 'request', cut: 'by the client' })
})

test('the first bytes of a picture arrive before its last ones exist', async () => {
  let finish = () => {}
  await using world = await withProxy({
    answer: (_, response) => {
      response.write('first')
      finish = () => void response.end('last')
    },
  })
  const response = await world.ask('/apod.nasa.gov/a.jpg')
  const [first] = await once(response, 'data')
  expect(String(first)).toBe('first')
  finish()
  expect((await whole(response)).text).toBe('last')
})

test('a reader slower than the idle limit is not taken for a silent upstream', async () => {
  const picture = endless()
  await using world = await withProxy({ answer: picture.answer, config: { limits: { idleMs: 60 } } })
  const response = await world.ask('/apod.nasa.gov/big.jpg')
  await once(response, 'readable')
  const held = await settled(picture.taken)
  const clock = performance.now()
  while (performance.now() - clock < 200) await nextTurn()
  response.resume()
  while (picture.taken() < held + 1024 * 1024) await once(response, 'data')
  response.destroy()
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ status: 200, cut: 'by the client' })
})

test('an upstream that breaks off in a picture cuts the client off, so that it notices', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' })
      response.write('half', () => response.destroy())
    },
  })
  await expect(world.get('/apod.nasa.gov/a.jpg')).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await world.line(({ msg }) => msg === 'request failed')).toMatchObject({
    code: 'UPSTREAM_BROKE_OFF',
    status: 200,
    bytes: 4,
    cut: 'by the upstream',
  })
})

test('an upstream that falls silent in a picture cuts the client off', async () => {
  await using world = await withProxy({
    answer: (_, response) => void response.write('half'),
    config: { limits: { idleMs: 50 } },
  })
  await expect(world.get('/apod.nasa.gov/a.jpg')).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await world.line(({ msg }) => msg === 'request failed')).toMatchObject({ code: 'UPSTREAM_IDLE_TIMED_OUT' })
  await world.upstream.allClosed()
})

test('a client that goes within a picture leaves no upstream connection and no error', async () => {
  const picture = endless()
  await using world = await withProxy({ answer: picture.answer })
  const response = await world.ask('/apod.nasa.gov/big.jpg')
  await once(response, 'readable')
  expect(world.upstream.open).toBe(1)
  response.destroy()
  await world.upstream.allClosed()
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ status: 200, cut: 'by the client' })
  expect(world.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([
    expect.objectContaining({ msg: 'attestation failed' }),
  ])
})

test('a client that goes while JSON is collected leaves no upstream connection', async () => {
  let begun = () => {}
  const writing = new Promise<void>((resolve) => {
    begun = resolve
  })
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"url":', () => begun())
    },
  })
  await goAfter(world, '/api.nasa.gov/x', writing)
})

test('a client that goes before the answer begins leaves no upstream connection and no error', async () => {
  let begun = () => {}
  const asked = new Promise<void>((resolve) => {
    begun = resolve
  })
  await using world = await withProxy({ answer: () => begun() })
  await goAfter(world, '/apod.nasa.gov/a.jpg', asked)
})

/** The client's socket ends once `moment` has come. */
async function goAfter(world: Awaited<ReturnType<typeof withProxy>>, path: string, moment: Promise<void>) {
  const agent = new Agent({ maxCachedSessions: 0 })
  const answer = world.ask(path, { agent })
  const gone = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' })
  await moment
  agent.destroy()
  await gone
  await world.upstream.allClosed()
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ cut: 'by the client', bytes: 0 })
  expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
}

test('the proxy goes on after clients have gone', async () => {
  const picture = endless()
  await using world = await withProxy({
    answer: (request, response) =>
      request.url === '/ok.jpg' ? void response.end('picture') : picture.answer(request, response),
  })
  for (let i = 0; i < 5; i++) {
    const response = await world.ask('/apod.nasa.gov/big.jpg')
    await once(response, 'readable')
    response.destroy()
  }
  await world.upstream.allClosed()
  expect((await world.get('/apod.nasa.gov/ok.jpg')).text).toBe('picture')
})

test('a redirect that is not passed on leaves no upstream connection', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(302, { location: 'https://evil.lab.test/' })
      response.write('a body that never ends')
    },
  })
  expect((await world.get('/apod.nasa.gov/')).status).toBe(502)
  await world.upstream.allClosed()
})

test.each(['destroy', 'end'] as const)('a client that goes within its own body (%s) is no failure', async (leave) => {
  await using world = await withProxy()
  const socket = await world.socket()
  socket.write('GET /apod.nasa.gov/a.jpg HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
  socket.on('error', () => {})
  // A request after it, so that the first one has certainly been read.
  await world.get('/healthz')
  socket[leave]()
  await closed(socket)
  expect(await world.line(({ path }) => path === '/a.jpg')).toMatchObject({ msg: 'request', bytes: 0 })
  expect(world.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  expect(world.upstream.seen).toEqual([])
})
