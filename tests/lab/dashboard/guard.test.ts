import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import Koa from 'koa'
import { listen } from '#kit/listen.ts'
import { guard } from '#lab/dashboard/guard.ts'

interface Asked {
  readonly method?: string
  /** Instead of the address that it is asked at. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An application behind the guard, which notes what is let in to it. */
async function withGuard(hosts: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']) {
  const entered: string[] = []
  const app = new Koa()
  app.use(guard(hosts))
  app.use((ctx) => {
    entered.push(`${ctx.method} ${ctx.path}`)
    if (ctx.path !== '/nothing') ctx.body = 'inside'
  })
  const listening = await listen(createServer(app.callback()), { what: 'the guarded one' })
  const { port } = listening
  return {
    port,
    entered,
    async ask(path: string, { method = 'GET', host = `127.0.0.1:${port}`, headers = {} }: Asked = {}) {
      const to = { host: '127.0.0.1', port, agent: false, setHost: false }
      const asked = request({ ...to, method, path, headers: { host, ...headers } }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      return { status: response.statusCode, headers: response.headers, text: await text(response) }
    },
    /** Sends bytes as they are and gives all that comes back. */
    async raw(bytes: string) {
      const socket = connect({ host: '127.0.0.1', port })
      socket.write(bytes)
      return text(socket)
    },
    [Symbol.asyncDispose]: () => listening.close(),
  }
}

const METHODS = ['GET', 'POST']

test.each(['127.0.0.1', 'localhost', '[::1]', 'LocalHost'])('whoever asks for %s is let in', async (name) => {
  await using world = await withGuard()
  for (const method of METHODS) {
    for (const host of [`${name}:${world.port}`, name]) {
      expect(await world.ask('/', { method, host })).toMatchObject({ status: 200, text: 'inside' })
    }
  }
  expect(world.entered).toHaveLength(4)
})

test.each([
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil.example.localhost',
  'evil-localhost',
  '127.0.0.1@evil.example',
  'localhost, evil.example',
  'evil.example#localhost',
  'evil.example/localhost',
  'evil.example?127.0.0.1',
  '127.0.0.2',
  '0.0.0.0',
  '[::]',
  '::1',
  '[::1',
  '127.0.0.1:x',
  '127.0.0.1:99999',
  'local host',
  ':',
  '',
])('whoever asks for %j is at the wrong address, and gets no further', async (name) => {
  await using world = await withGuard()
  for (const method of METHODS) {
    for (const host of [name, `${name}:${world.port}`]) {
      // As such a page would ask: it takes itself for the same origin.
      const asked = world.ask('/', { method, host, headers: { origin: `http://${host}` } })
      expect(await asked).toMatchObject({ status: 421, text: expect.stringContaining('dashboard of Pinning Lab') })
    }
  }
  expect(world.entered).toEqual([])
})

test('no other header says in the place of Host what was asked for', async () => {
  await using world = await withGuard()
  const headers = { 'x-forwarded-host': 'localhost', forwarded: 'host=localhost', 'x-forwarded-proto': 'http' }
  expect(await world.ask('/', { host: 'evil.example', headers })).toMatchObject({ status: 421 })
  expect(await world.ask('/', { headers: { 'x-forwarded-host': 'evil.example' } })).toMatchObject({ status: 200 })
  expect(world.entered).toEqual(['GET /'])
})

test('who asks for no host at all gets no further', async () => {
  await using world = await withGuard()
  expect(await world.raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /)
  // Node itself refuses this one.
  expect(await world.raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect(world.entered).toEqual([])
})

test('an absolute target does not stand for the host', async () => {
  await using world = await withGuard()
  const target = `http://localhost:${world.port}/`
  const asked = (host: string) => world.raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  expect(await asked('evil.example')).toMatch(/^HTTP\/1\.1 421 /)
  expect(world.entered).toEqual([])
  expect(await asked('localhost')).toMatch(/^HTTP\/1\.1 200 /)
})

test('only the hosts that the guard was given are let in', async () => {
  await using world = await withGuard(['lab.test'])
  expect(await world.ask('/', { host: `lab.test:${world.port}` })).toMatchObject({ status: 200 })
  expect(await world.ask('/', { host: `localhost:${world.port}` })).toMatchObject({ status: 421 })
})

test.each(['127.0.0.1', 'localhost', '[::1]'])('a page of %s may ask its own server', async (name) => {
  await using world = await withGuard()
  const host = `${name}:${world.port}`
  for (const method of METHODS) {
    const asked = world.ask('/play', { method, host, headers: { origin: `http://${host}` } })
    expect(await asked).toMatchObject({ status: 200, text: 'inside' })
  }
  expect(world.entered).toEqual(['GET /play', 'POST /play'])
})

test.each([
  ['another site', () => 'http://evil.example'],
  ['no site of which one may know', () => 'null'],
  ['the same host under https', (port: number) => `https://127.0.0.1:${port}`],
  ['another name of this machine', (port: number) => `http://localhost:${port}`],
  ['another port', (port: number) => `http://127.0.0.1:${port + 1}`],
  ['no port', () => 'http://127.0.0.1'],
  ['a name that begins alike', (port: number) => `http://127.0.0.1:${port}.evil.example`],
  ['an address with a path', (port: number) => `http://127.0.0.1:${port}/`],
  ['a browser’s extension', () => 'chrome-extension://abcdefghijklmnop'],
])('a page of %s is refused, and gets no further', async (_, originAt) => {
  await using world = await withGuard()
  const origin = originAt(world.port)
  for (const method of METHODS) {
    const asked = world.ask('/play', { method, headers: { origin } })
    expect(await asked).toMatchObject({ status: 403, text: expect.stringContaining(origin) })
  }
  expect(world.entered).toEqual([])
})

test.each([
  ['let in', 200, '/', {}],
  ['let in and not found', 404, '/nothing', {}],
  ['at the wrong address', 421, '/', { host: 'evil.example' }],
  ['from another site', 403, '/', { headers: { origin: 'http://evil.example' } }],
])('the answer to who is %s tells the browser to be strict', async (_, status, path, how: Asked) => {
  await using world = await withGuard()
  for (const method of [...METHODS, 'HEAD']) {
    const { headers, ...answer } = await world.ask(path, { ...how, method })
    expect(answer.status).toBe(status)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    const policy = directives(String(headers['content-security-policy']))
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
    expect(new Set(Object.values(policy))).toEqual(new Set(["'none'", "'self'"]))
  }
})

test('a refusal that repeats what was asked for is no page', async () => {
  await using world = await withGuard()
  const script = '<script>alert(1)</script>'
  for (const asked of [{ host: script }, { headers: { origin: script } }]) {
    const { headers, text } = await world.ask('/', asked)
    expect(text).toContain(script)
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  }
})

/** `{ 'default-src': "'none'", … }` */
function directives(policy: string): Record<string, string> {
  return Object.fromEntries(policy.split('; ').map((one) => /^(\S+) (.*)$/.exec(one)?.slice(1, 3) ?? [one, '']))
}
