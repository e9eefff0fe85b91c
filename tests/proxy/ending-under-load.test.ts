import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { isOpen, type ProxyProgram, withProxyProgram } from './running.ts'
import { closed } from './world.ts'

// services/kit/cli.ts: the first SIGTERM or Ctrl-C ends a command with 0 when it has ended what it started, whether or not
// that took all of its grace. A second one that is no echo of it ends with 130 (EXIT.interrupted) and waits for nothing.
const DONE = 0
const AT_ONCE = 130

/** A test that takes so long hangs: none of them waits until then. */
const PATIENT = { PROXY_GRACE_MS: '600000' }
const LIMIT = 120_000

// Windows has no SIGTERM that a process could hear.
const posixTest = process.platform === 'win32' ? test.skip : test

posixTest(
  'at SIGTERM nobody else is let in, all that is under way is answered whole, and it ends with 0',
  async () => {
    const commanded = upstreamOnCommand()
    await using world = await withProxyProgram(PATIENT, commanded.answer)
    const idle = await Promise.all(Array.from({ length: 10 }, () => idleClient(world)))
    const clients = Array.from({ length: 48 }, (_, nth) => ask(world, KINDS[nth % KINDS.length] ?? '/slow'))
    await commanded.asked(48)
    await Promise.all(clients.flatMap(({ path, begun }) => (path === '/picture' ? [begun] : [])))
    world.program.child.kill('SIGTERM')
    while (await isOpen(world.port));
    await Promise.all(idle.map(({ gone }) => gone))
    commanded.release()
    const answers = await Promise.all(clients.map(({ whole }) => whole))
    expect(answers.filter(({ status, right }) => status !== 200 || !right)).toEqual([])
    // Whose head had not been sent is told not to ask again here.
    const told = answers.filter(({ path }) => path !== '/picture').map(({ connection }) => connection)
    expect(new Set(told)).toEqual(new Set(['close']))
    const { code, stdout, stderr } = await world.program.ended
    expect({ code, stderr }).toEqual({ code: DONE, stderr: '' })
    expect(stdout.match(/"cut"|request failed|"level":"error"/g)).toBeNull()
  },
  LIMIT,
)

posixTest(
  'what a client has asked ahead is answered too, in its order, and what it asks behind that',
  async () => {
    const commanded = upstreamOnCommand()
    await using world = await withProxyProgram(PATIENT, commanded.answer)
    const socket = await world.socket()
    const text = buffer(socket)
    const question = 'GET /apod.nasa.gov/slow HTTP/1.1\r\nHost: a\r\n\r\n'
    socket.write(question.repeat(2))
    await commanded.asked(2)
    world.program.child.kill('SIGTERM')
    while (await isOpen(world.port));
    socket.write(question)
    await commanded.asked(3)
    commanded.release()
    const heads = (await text).toString('latin1').match(/HTTP\/1.1 200|connection: [\w-]+/gi)
    expect(heads?.join(' ')).toMatch(/^(HTTP\/1.1 200 connection: keep-alive ){2}HTTP\/1.1 200 connection: close$/i)
    expect((await world.program.ended).code).toBe(DONE)
  },
  LIMIT,
)

posixTest(
  'who has asked nothing does not hold up its end, and who asks at the last moment is answered',
  async () => {
    await using world = await withProxyProgram(PATIENT, (_, response) => void response.end('picture'))
    const silent = [await world.wire(), await world.socket(), await world.socket()]
    silent[2]?.write('GET /apod.nasa.gov/slow HTTP/1.1\r\nHost: ')
    const late = await world.socket()
    const text = buffer(late)
    world.program.child.kill('SIGTERM')
    late.write('GET /apod.nasa.gov/a HTTP/1.1\r\nHost: a\r\n\r\n')
    await Promise.all(silent.map((socket) => closed(socket.resume())))
    expect((await text).toString()).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close[\s\S]*picture/i)
    expect((await world.program.ended).code).toBe(DONE)
  },
  LIMIT,
)

posixTest(
  'what never ends is cut off when the grace is over, as cut off and not as whole',
  async () => {
    const commanded = upstreamOnCommand()
    await using world = await withProxyProgram({ PROXY_GRACE_MS: '1000' }, commanded.answer)
    const { begun, whole } = ask(world, '/picture')
    const cut = expect(whole).rejects.toMatchObject({ code: 'ECONNRESET' })
    await begun
    world.program.child.kill('SIGTERM')
    await cut
    expect((await world.program.ended).code).toBe(DONE)
  },
  LIMIT,
)

posixTest.each(['SIGTERM', 'SIGINT'] as const)(
  'a second %s ends it at once, whatever is under way',
  async (signal) => {
    const commanded = upstreamOnCommand()
    await using world = await withProxyProgram(PATIENT, commanded.answer)
    const { begun, whole } = ask(world, '/picture')
    const cut = expect(whole).rejects.toMatchObject({ code: 'ECONNRESET' })
    await begun
    const { child, ended } = world.program
    child.kill(signal)
    while (await isOpen(world.port));
    // Those that come within half a second are the first one's echo, and are passed over.
    for (; child.exitCode === null && child.signalCode === null; await isOpen(world.port)) child.kill(signal)
    expect((await ended).code).toBe(AT_ONCE)
    await cut
  },
  LIMIT,
)

const KINDS = ['/slow', '/picture', '/json'] as const
const BODY = Buffer.alloc(300_000, 'p')
const JSON_TEXT = JSON.stringify({ title: 'c'.repeat(100_000) })

/** Keeps everybody waiting, in mid-answer or before one, until it is told. */
function upstreamOnCommand() {
  const release = Promise.withResolvers<void>()
  let [asked, look] = [0, () => {}]
  const answer = ({ url }: IncomingMessage, response: ServerResponse) => {
    if (url === '/at-once') return void response.end('picture')
    const head = { 'content-type': url === '/json' ? 'application/json' : 'image/jpeg' }
    if (url === '/picture')
      response.writeHead(200, { ...head, 'content-length': BODY.length }).write(BODY.subarray(0, 9))
    release.promise.then(() => {
      if (url === '/picture') response.end(BODY.subarray(9))
      else response.writeHead(200, head).end(url === '/json' ? JSON_TEXT : BODY)
    })
    asked += 1
    look()
  }
  return {
    answer,
    release: () => release.resolve(),
    asked: (many: number) =>
      new Promise<void>((resolve) => {
        look = () => asked >= many && resolve()
        look()
      }),
  }
}

/** One question on a connection of its own that would be kept. */
function ask({ port, material }: ProxyProgram, path: (typeof KINDS)[number] | '/at-once') {
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 0 })
  const asked = request({
    ...{ host: '127.0.0.1', port, servername: 'localhost', ca: material.proxySelfSigned.chain, agent },
    ...{ path: `/apod.nasa.gov${path}`, headers: { host: `localhost:${port}` } },
  }).end()
  const begun = Promise.withResolvers<void>()
  const whole = (async () => {
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) {
      chunks.push(chunk)
      begun.resolve()
    }
    const body = Buffer.concat(chunks)
    const right = path === '/json' ? body.toString() === JSON_TEXT : path === '/at-once' || body.equals(BODY)
    return { path, status: response.statusCode, right, connection: response.headers.connection }
  })()
  return { path, asked, whole, begun: begun.promise }
}

/** A client that has been answered, and keeps its connection for the next time. */
async function idleClient(world: ProxyProgram) {
  const { asked, whole } = ask(world, '/at-once')
  const [socket] = await once(asked, 'socket')
  await whole
  return { gone: closed(socket) }
}
