import { createServer, type Server, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { createMaterial } from '#certs/material.ts'
import { listen } from '#kit/listen.ts'
import { codeIn } from './failure-code.ts'
import { closed, freshMaterial, standardConfig, whole, withProxy } from './world.ts'

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('%s is not answered', async (method) => {
  await using world = await withProxy()
  const answer = await whole(await world.ask('/api.nasa.gov/x', { method }))
  expect(codeIn(answer)).toBe('METHOD_NOT_ALLOWED')
  expect(answer.headers.allow).toBe('GET, HEAD')
  expect(world.upstream.seen).toEqual([])
})

test('CONNECT is not answered', async () => {
  await using world = await withProxy()
  const answer = await world.raw('CONNECT api.nasa.gov:443 HTTP/1.1\r\nHost: api.nasa.gov\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 405 [\s\S]*"code":"METHOD_NOT_ALLOWED"/)
})

test.each([{ 'content-length': 100_000 }, { 'transfer-encoding': 'chunked' }])(
  'a body larger than the limit, announced by %j, is too large',
  async (headers) => {
    await using world = await withProxy()
    const body = Buffer.alloc(100_000)
    const answer = await whole(await world.ask('/api.nasa.gov/x', { method: 'POST', headers, body }))
    expect(codeIn(answer)).toBe('BODY_TOO_LARGE')
  },
)

test('a large body that asks first is refused before it is sent', async () => {
  await using world = await withProxy()
  const answer = await world.raw(
    'POST /api.nasa.gov/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
})

test('a small body with GET is dropped and not passed on', async () => {
  await using world = await withProxy()
  const body = Buffer.from('{"a":1}')
  const answer = await whole(await world.ask('/apod.nasa.gov/x', { body, headers: { 'content-length': 7 } }))
  expect(answer.status).toBe(200)
  expect(world.upstream.seen[0]?.headers).not.toHaveProperty('content-length')
})

test.each([
  ['no HTTP at all\r\n\r\n', 'BAD_REQUEST'],
  [`GET / HTTP/1.1\r\nHost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'BAD_REQUEST'],
  ['GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk', 'BAD_REQUEST'],
])('what cannot be read as a request is answered in JSON too', async (text, code) => {
  await using world = await withProxy()
  const [head, body] = (await world.raw(text)).split('\r\n\r\n')
  const { error } = JSON.parse(body ?? '')
  expect(error).toMatchObject({ code, requestId: expect.stringMatching(/^[\w-]{36}$/) })
  expect(head).toContain(`x-request-id: ${error.requestId}`)
})

test('an upstream that nobody listens at has refused', async () => {
  const free = await listen(createServer(), { what: 'nobody' })
  await free.close()
  const material = await freshMaterial()
  await using world = await withProxy({ config: { upstream: standardConfig(material, free.port).upstream } })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_REFUSED')
  expect(await world.line(({ msg }) => msg === 'request failed')).toMatchObject({ reason: 'ECONNREFUSED' })
})

test('an upstream without an address is not found', async () => {
  const { authorities } = standardConfig(await freshMaterial(), 1).upstream as { authorities: string }
  const address = { host: 'nowhere.invalid', port: 443 }
  await using world = await withProxy({ config: { upstream: { kind: 'standin', address, authorities } } })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_NOT_FOUND')
})

test('an upstream whose authority is another one is untrusted, and hears no request', async () => {
  const other = await createMaterial({ now: new Date() })
  const material = await freshMaterial()
  await using world = await withProxy({
    material: { ...material, root: other.root },
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_UNTRUSTED')
  expect(world.upstream.seen).toEqual([])
})

test('an upstream with a certificate for another name is untrusted, each time anew, and hears no request', async () => {
  const material = await freshMaterial()
  await using world = await withProxy({ material: { ...material, nasa: material.attestation } })
  for (const path of ['/api.nasa.gov/x', '/api.nasa.gov/y'])
    expect(codeIn(await world.get(path))).toBe('UPSTREAM_UNTRUSTED')
  expect(world.upstream.seen).toEqual([])
})

test.each([
  ['says nothing', () => {}, 'UPSTREAM_CONNECT_TIMED_OUT'],
  ['hangs up', (socket: Socket) => void socket.destroy(), 'UPSTREAM_BROKE_OFF'],
  ['speaks no TLS', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'), 'UPSTREAM_TLS_FAILED'],
])('an upstream that %s is told apart', async (_, act, code) => {
  await using plain = await plainUpstream(act)
  const material = await freshMaterial()
  await using world = await withProxy({
    config: { upstream: standardConfig(material, plain.port).upstream, limits: { connectMs: 100 } },
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe(code)
  await Promise.all(plain.sockets.map(closed))
})

async function plainUpstream(act: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.resume()
    act(socket)
  })
  const { port, close } = await listen(server, { what: 'a plain upstream' })
  return { port, sockets, [Symbol.asyncDispose]: () => close() }
}

test('an upstream that does not begin to answer has timed out, and its connection is closed', async () => {
  await using world = await withProxy({ answer: () => {}, config: { limits: { firstByteMs: 50 } } })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_FIRST_BYTE_TIMED_OUT')
  await world.upstream.allClosed()
})

test('an upstream that falls silent within JSON has timed out', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    },
    config: { limits: { idleMs: 50 } },
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_IDLE_TIMED_OUT')
})

test('an upstream that breaks off within JSON is told as a failure, since nothing was sent yet', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{"a"', () => response.destroy())
    },
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_BROKE_OFF')
})

test('an upstream that answers nonsense has given a bad answer', async () => {
  await using world = await withProxy({
    answer: (request) => void request.socket.end('HTTP/1.1 twohundred\r\n\r\n'),
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_BAD_ANSWER')
})

test('an upstream that switches protocols has given a bad answer, and its connection is closed', async () => {
  await using world = await withProxy({
    answer: (request) =>
      void request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  })
  expect(codeIn(await world.get('/api.nasa.gov/x'))).toBe('UPSTREAM_BAD_ANSWER')
  await world.upstream.allClosed()
})

test('a failure answers HEAD with its status and no body', async () => {
  await using world = await withProxy()
  expect(await whole(await world.ask('/evil.lab.test/', { method: 'HEAD' }))).toMatchObject({ status: 404, text: '' })
})

test('an error of the upstream passes as the upstream wrote it', async () => {
  const body = '{"code":400,"msg":"Date must be between Jun 16, 1995 and today.","service_version":"v1"}'
  await using world = await withProxy({
    answer: (_, response) => void response.writeHead(400, { 'content-type': 'application/json' }).end(body),
  })
  expect(await world.get('/api.nasa.gov/planetary/apod?date=1990-01-01')).toMatchObject({ status: 400, text: body })
})

test('garbage while a picture is under way cuts the connection instead of mixing with the picture', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).write('half')
    },
  })
  const answer = await world.raw('GET /apod.nasa.gov/a HTTP/1.1\r\nHost: a\r\n\r\n', 'half', 'garbage\r\n\r\n')
  expect(answer).toContain('half')
  expect(answer).not.toContain('BAD_REQUEST')
})

test('a client whose connection stands still for too long is let go', async () => {
  await using world = await withProxy({ config: { limits: { clientIdleMs: 100 } } })
  expect(await world.raw('GET /api.nasa.gov/x HTTP/1.1\r\nHost:')).toBe('')
})
