import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { NASA_KEY, whole, withProxy } from './world.ts'

test('the path after the host is asked of that host, under its own name in SNI and Host', async () => {
  await using world = await withProxy()
  expect((await world.get('/apod.nasa.gov/apod/image/1701/a%20b.jpg?size=2')).text).toBe('picture')
  expect(world.upstream.seen).toMatchObject([
    {
      method: 'GET',
      url: '/apod/image/1701/a%20b.jpg?size=2',
      servername: 'apod.nasa.gov',
      headers: { host: 'apod.nasa.gov' },
    },
  ])
})

test('a host without a path leads to its root', async () => {
  await using world = await withProxy()
  await world.get('/API.nasa.gov')
  expect(world.upstream.seen).toMatchObject([{ url: `/?api_key=${NASA_KEY}`, servername: 'api.nasa.gov' }])
})

test('every key that the client sent is dropped and ours is added once', async () => {
  await using world = await withProxy()
  await world.get('/api.nasa.gov/planetary/apod?api_key=DEMO_KEY&date=2017-01-01&API_KEY=b&%61pi%5Fkey=c&api_key=d')
  expect(world.upstream.seen[0]?.url).toBe(`/planetary/apod?date=2017-01-01&api_key=${NASA_KEY}`)
})

test('a key that the client sent in a header is not passed on', async () => {
  await using world = await withProxy()
  await world.get('/api.nasa.gov/planetary/apod', { 'x-api-key': 'theirs', authorization: 'Basic dGhlaXJzOg==' })
  expect(JSON.stringify(world.upstream.seen[0]?.headers)).not.toMatch(/theirs|dGhlaXJzOg/)
})

test('the host of the pictures never learns the key', async () => {
  await using world = await withProxy()
  await world.get('/apod.nasa.gov/apod/image/1.jpg?api_key=theirs')
  expect(world.upstream.seen[0]?.url).toBe('/apod/image/1.jpg')
})

test('no token, cookie, forwarding or hop-by-hop header goes up, and no header that Connection names', async () => {
  await using world = await withProxy()
  await world.get('/apod.nasa.gov/a.jpg', {
    connection: 'close, if-none-match, x-mine',
    'if-none-match': '"1"',
    'x-mine': '1',
    'approov-token': 'secret-token',
    cookie: 'session=1',
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    te: 'trailers',
    upgrade: 'websocket',
    'proxy-authorization': 'Basic x',
    'accept-language': 'de',
  })
  const { connection, ...headers } = world.upstream.seen[0]?.headers ?? {}
  expect(headers).toEqual({ host: 'apod.nasa.gov', 'accept-language': 'de' })
  expect(connection).toBe('keep-alive')
})

test('no cookie, hop-by-hop header or header about the upstream as an origin comes down', async () => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, {
        connection: 'keep-alive, x-tied',
        'x-tied': '1',
        'keep-alive': 'timeout=77',
        'set-cookie': ['a=1; Domain=nasa.gov', 'b=2'],
        'proxy-authenticate': 'Basic',
        'strict-transport-security': 'max-age=9',
        'alt-svc': 'h3=":443"',
        trailer: 'x-end',
        'x-ratelimit-remaining': '39',
      })
      response.end('x')
    },
  })
  const { headers } = await world.get('/apod.nasa.gov/a.jpg')
  expect(headers).toMatchObject({ 'x-ratelimit-remaining': '39' })
  expect(Object.keys(headers)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/x-tied|set-cookie|proxy-auth|strict-transport|alt-svc|trailer/)]),
  )
  expect(headers['keep-alive']).not.toBe('timeout=77')
})

test("what the proxy says about its own origin is not the upstream's to overrule", async () => {
  const safe = {
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
  const theirs = Object.fromEntries(['x-request-id', ...Object.keys(safe)].map((name) => [name, 'theirs']))
  await using world = await withProxy({ answer: (_, response) => void response.writeHead(200, theirs).end('<p>') })
  const { headers } = await world.get('/apod.nasa.gov/')
  expect(headers).toMatchObject({ ...safe, 'x-request-id': expect.stringMatching(/^[\w-]{36}$/) })
})

test('HEAD brings the length and no body', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': 12345, etag: '"p"' })
      response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(12345))
    },
  })
  const answer = await whole(await world.ask('/apod.nasa.gov/a.jpg', { method: 'HEAD' }))
  expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '12345', etag: '"p"' }, text: '' })
  expect(world.upstream.seen[0]?.method).toBe('HEAD')
})

test('a range of a picture arrives as that range', async () => {
  const picture = Buffer.from('0123456789')
  await using world = await withProxy({
    answer: (request, response) => {
      expect(request.headers).toMatchObject({ range: 'bytes=2-4', 'if-range': '"p"' })
      response.writeHead(206, { 'content-type': 'image/jpeg', 'content-range': 'bytes 2-4/10', 'content-length': 3 })
      response.end(picture.subarray(2, 5))
    },
  })
  const answer = await world.get('/apod.nasa.gov/a.jpg', { range: 'bytes=2-4', 'if-range': '"p"' })
  expect(answer).toMatchObject({ status: 206, text: '234', headers: { 'content-range': 'bytes 2-4/10' } })
})

test('a conditional request for a picture is answered with 304, without a body', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"p"' ? 304 : 200, { etag: '"p"' }).end()
    },
  })
  const answer = await world.get('/apod.nasa.gov/a.jpg', { 'if-none-match': '"p"' })
  expect(answer).toMatchObject({ status: 304, headers: { etag: '"p"' }, text: '' })
})

test('a compressed text passes as it is, byte for byte', async () => {
  const sent = gzipSync('<p>Ünïcode</p>')
  await using world = await withProxy({
    answer: (request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip;q=0.5, br')
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip', vary: 'accept-encoding' })
      response.end(sent)
    },
  })
  const answer = await world.get('/apod.nasa.gov/', { 'accept-encoding': 'gzip;q=0.5, br, deflate, *' })
  expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
  expect(gunzipSync(answer.body).toString()).toBe('<p>Ünïcode</p>')
})

test.each([
  ['https://apod.nasa.gov/x?a=1', '/apod.nasa.gov/x?a=1'],
  ['http://api.nasa.gov/x', '/api.nasa.gov/x'],
  ['/planetary/other', '/api.nasa.gov/planetary/other'],
  ['sibling', '/api.nasa.gov/planetary/sibling'],
])('a redirect to %s leads through the proxy', async (location, led) => {
  await using world = await withProxy({ answer: (_, response) => void response.writeHead(302, { location }).end() })
  const answer = await world.get('/api.nasa.gov/planetary/apod')
  expect(answer).toMatchObject({ status: 302, headers: { location: `https://localhost:${world.proxy.port}${led}` } })
})

test('a redirect that repeats our key does not show it to the client', async () => {
  await using world = await withProxy({
    answer: (request, response) =>
      void response.writeHead(301, { location: `http://api.nasa.gov${request.url}` }).end(),
  })
  const answer = await world.get('/api.nasa.gov/planetary/apod?date=2017-01-01')
  expect(answer.headers.location).toBe(
    `https://localhost:${world.proxy.port}/api.nasa.gov/planetary/apod?date=2017-01-01`,
  )
})

test.each(['https://evil.lab.test/', '//evil.lab.test/x', 'https://api.nasa.gov:8443/', 'javascript:alert(1)'])(
  'a redirect to %s is not passed on',
  async (location) => {
    await using world = await withProxy({ answer: (_, response) => void response.writeHead(302, { location }).end() })
    const answer = await world.get('/api.nasa.gov/')
    expect(JSON.parse(answer.text).error.code).toBe('UPSTREAM_REDIRECTED_AWAY')
    expect(answer).toMatchObject({ status: 502 })
    expect(answer.headers.location).toBeUndefined()
  },
)

test('a connection to the upstream serves several requests', async () => {
  await using world = await withProxy()
  for (let i = 0; i < 3; i++) await world.get('/apod.nasa.gov/a.jpg')
  expect(world.upstream.seen).toHaveLength(3)
  expect(world.upstream.connections).toBe(1)
})

test('a kept connection that the upstream has closed is replaced without the client noticing', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      response.end('picture')
      response.once('finish', () => setImmediate(() => request.socket.destroy()))
    },
  })
  for (let i = 0; i < 5; i++) expect((await world.get('/apod.nasa.gov/a.jpg')).text).toBe('picture')
})

test('/healthz answers without a token and without asking the upstream', async () => {
  await using world = await withProxy({
    config: { attestation: { ...(await attestationOn()), enforce: true } },
  })
  expect(await world.get('/healthz')).toMatchObject({ status: 200, text: '{"ok":true}' })
  expect(world.upstream.seen).toEqual([])
})

async function attestationOn() {
  const { Secret } = await import('#kit/secret.ts')
  return { secret: new Secret('x'.repeat(43)) }
}
