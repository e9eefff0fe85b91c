import {
  brotliCompressSync,
  brotliDecompressSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { expect, test } from '@jest/globals'
import { rewriteImages } from '#proxy/rewrite-images.ts'
import { jsonAnswer, NASA_KEY, whole, withProxy } from './world.ts'

const detour = { origin: 'https://proxy.lab.test:8080', allowedHosts: ['api.nasa.gov', 'apod.nasa.gov'] }
const DAY = {
  date: '2017-01-01',
  title: 'Schläfriger Mond – 月',
  explanation: 'He wrote "url": "https://apod.nasa.gov/quoted.jpg" and went.',
  url: 'https://apod.nasa.gov/apod/image/1701/moon_960.jpg',
  hdurl: 'https://apod.nasa.gov/apod/image/1701/moon.jpg',
}

test('url, hdurl and thumbnail_url lead through the proxy, in an object and in an array', () => {
  const video = { url: 'https://www.youtube.com/embed/1', thumbnail_url: 'https://apod.nasa.gov/t.jpg' }
  expect(JSON.parse(rewriteImages(JSON.stringify(DAY), detour))).toEqual({
    ...DAY,
    url: 'https://proxy.lab.test:8080/apod.nasa.gov/apod/image/1701/moon_960.jpg',
    hdurl: 'https://proxy.lab.test:8080/apod.nasa.gov/apod/image/1701/moon.jpg',
  })
  expect(JSON.parse(rewriteImages(JSON.stringify([video, DAY]), detour))).toMatchObject([
    { url: 'https://www.youtube.com/embed/1', thumbnail_url: 'https://proxy.lab.test:8080/apod.nasa.gov/t.jpg' },
    { url: 'https://proxy.lab.test:8080/apod.nasa.gov/apod/image/1701/moon_960.jpg' },
  ])
})

test.each([
  ['http://apod.nasa.gov/a.jpg', 'https://proxy.lab.test:8080/apod.nasa.gov/a.jpg'],
  ['//apod.nasa.gov/a.jpg', 'https://proxy.lab.test:8080/apod.nasa.gov/a.jpg'],
  ['https://APOD.nasa.gov:443/ä b.jpg', 'https://proxy.lab.test:8080/apod.nasa.gov/%C3%A4%20b.jpg'],
  ['https://api.nasa.gov/i?api_key=theirs&w=2', 'https://proxy.lab.test:8080/api.nasa.gov/i?w=2'],
])('%s leads through the proxy', (address, led) => {
  expect(JSON.parse(rewriteImages(JSON.stringify({ url: address }), detour))).toEqual({ url: led })
})

test.each([
  'https://apod.nasa.gov.evil.lab.test/a.jpg',
  'https://evil.lab.test/https://apod.nasa.gov/a.jpg',
  'https://apod.nasa.gov:8443/a.jpg',
  'ftp://apod.nasa.gov/a.jpg',
  'https://apod.nasa.gov@evil.lab.test/',
  'https://[broken/',
  '/apod/image/a.jpg',
  '',
])('%s is left as it is', (address) => {
  const text = JSON.stringify({ url: address })
  expect(rewriteImages(text, detour)).toBe(text)
})

test('a name and an address written with escapes are understood', () => {
  const text = '{"u\\u0072l" : "https:\\/\\/apod.nasa.gov\\/a.jpg"}'
  expect(JSON.parse(rewriteImages(text, detour))).toEqual({ url: 'https://proxy.lab.test:8080/apod.nasa.gov/a.jpg' })
})

test('every byte that is not an image address stays, long numbers and repeated names included', () => {
  const text =
    '{ "id": 12345678901234567890, "x": 1.0,\n "url": null, "url": 7, "__proto__": {"hdurl": ["//apod.nasa.gov/"]} }'
  expect(rewriteImages(text, detour)).toBe(text)
})

test.each(['{"url": "https://apod.nasa.gov/a.jpg"', 'not json', ''])('%p is not JSON and is left as it is', (text) => {
  expect(rewriteImages(text, detour)).toBe(text)
})

test.each(['a"\\\n', '\n', '\\', '"', ' ', '\u0001'])('eight megabytes of %j in one string are rewritten', (piece) => {
  const times = Math.floor(8_000_000 / (JSON.stringify(piece).length - 2))
  const text = JSON.stringify({ explanation: piece.repeat(times), url: DAY.url })
  expect(rewriteImages(text, detour)).toContain('https://proxy.lab.test:8080/apod.nasa.gov/apod')
})

test('eight megabytes of white space around a name are stepped over', () => {
  const space = ' '.repeat(4_000_000)
  const text = `{"title"${space}:1,"url"${space}:"https://apod.nasa.gov/a.jpg"}`
  expect(rewriteImages(text, detour)).toContain('"https://proxy.lab.test:8080/apod.nasa.gov/a.jpg"')
})

test('the length is counted in bytes, so text beyond ASCII arrives whole', async () => {
  await using world = await withProxy({ answer: jsonAnswer(JSON.stringify(DAY)) })
  const answer = await world.get('/api.nasa.gov/planetary/apod')
  expect(JSON.parse(answer.text)).toMatchObject({ title: DAY.title, explanation: DAY.explanation })
  expect(answer.headers['content-length']).toBe(String(answer.body.length))
  expect(answer.body.length).toBeGreaterThan(answer.text.length)
})

test.each([
  ['api.lab.test', 'https://api.lab.test'],
  ['API.lab.test:443', 'https://api.lab.test'],
  ['10.0.2.2:9090', 'https://10.0.2.2:9090'],
  ['[::1]:8080', 'https://[::1]:8080'],
])('a client that wrote Host: %s is led back to %s', async (host, origin) => {
  await using world = await withProxy({ answer: jsonAnswer(JSON.stringify(DAY)) })
  expect(
    await world.json('/api.nasa.gov/x', { host, 'x-forwarded-host': 'evil.lab.test', forwarded: 'host=evil' }),
  ).toMatchObject({ url: `${origin}/apod.nasa.gov/apod/image/1701/moon_960.jpg` })
})

test.each([
  [{ 'x-forwarded-host': 'outer.lab.test, inner' }, 'https://outer.lab.test'],
  [{ 'x-forwarded-host': 'outer.lab.test', 'x-forwarded-port': '8443' }, 'https://outer.lab.test:8443'],
  [{ forwarded: 'for=1.2.3.4;host="outer.lab.test:9";proto=https, host=inner' }, 'https://outer.lab.test:9'],
  [{ 'x-forwarded-proto': 'http' }, undefined],
])('with PROXY_TRUST_FORWARDED, %j decides where addresses lead', async (headers, origin) => {
  await using world = await withProxy({ answer: jsonAnswer(JSON.stringify(DAY)), config: { trustForwarded: true } })
  const answer = await world.get('/api.nasa.gov/x', headers)
  const own = `https://localhost:${world.proxy.port}`
  expect(JSON.parse(answer.text).url).toBe(`${origin ?? own}/apod.nasa.gov/apod/image/1701/moon_960.jpg`)
  expect(answer.headers.vary).toContain('X-Forwarded-Host')
})

test.each(['evil.lab.test/x', 'user@host', 'a b', 'a"b', 'host:99999', 'höst', '', '[::1', 'a,b'])(
  'a Host header of %p is refused',
  async (host) => {
    await using world = await withProxy()
    const answer = await world.raw(`GET /api.nasa.gov/x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 400 .*\r\n[\s\S]*"code":"BAD_HOST_HEADER"/)
    expect(world.upstream.seen).toEqual([])
  },
)

test.each(['', 'Host: a\r\nHost: b\r\n'])('a request with the host lines %p is refused', async (hosts) => {
  await using world = await withProxy()
  const answer = await world.raw(`GET /api.nasa.gov/x HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
  expect(answer).toMatch(/"code":"(BAD_HOST_HEADER|BAD_REQUEST)"/)
})

test('with PROXY_TRUST_FORWARDED a malformed forwarded host is refused', async () => {
  await using world = await withProxy({ config: { trustForwarded: true } })
  const answer = await world.get('/api.nasa.gov/x', { 'x-forwarded-host': 'evil/"' })
  expect(JSON.parse(answer.text).error.code).toBe('BAD_HOST_HEADER')
})

test.each([
  ['gzip', gzipSync, gunzipSync],
  ['br', brotliCompressSync, brotliDecompressSync],
  ['zstd', zstdCompressSync, zstdDecompressSync],
])('JSON that comes as %s is rewritten and goes on in the same coding', async (coding, compress, decompress) => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-encoding': coding })
      response.end(compress(JSON.stringify(DAY)))
    },
  })
  const answer = await world.get('/api.nasa.gov/x', { 'accept-encoding': coding })
  expect(answer.headers).toMatchObject({ 'content-encoding': coding, 'content-length': String(answer.body.length) })
  expect(JSON.parse(decompress(answer.body).toString())).toMatchObject({
    url: `https://localhost:${world.proxy.port}/apod.nasa.gov/apod/image/1701/moon_960.jpg`,
  })
})

test.each([
  ['deflate', 'x', 'UPSTREAM_BAD_ANSWER'],
  ['gzip', 'not gzip', 'UPSTREAM_BAD_ANSWER'],
  ['gzip', gzipSync(Buffer.alloc(9_000_000)), 'UPSTREAM_TOO_LARGE'],
  ['identity', Buffer.alloc(9_000_000), 'UPSTREAM_TOO_LARGE'],
])('JSON encoded as %s that cannot be read whole is refused', async (coding, body, code) => {
  await using world = await withProxy({
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding }).end(body)
    },
  })
  expect((await world.json('/api.nasa.gov/x')).error.code).toBe(code)
})

test('bytes that are not UTF-8 pass unchanged', async () => {
  const latin1 = Buffer.from('{"title":"\xe4"}', 'latin1')
  await using world = await withProxy({
    answer: (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(latin1),
  })
  expect((await world.get('/api.nasa.gov/x')).body).toEqual(latin1)
})

test('our key in an answer is hidden, in the body and in headers', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      const body = JSON.stringify({ links: { self: `https://api.nasa.gov${request.url}` } })
      response.writeHead(200, { 'content-type': 'application/hal+json', 'x-echo': request.url ?? '' }).end(body)
    },
  })
  const answer = await world.get('/api.nasa.gov/x')
  expect(answer.text).toContain('api_key=[secret]')
  expect(JSON.stringify(answer.headers) + answer.text).not.toContain(NASA_KEY)
})

test('the tag of rewritten JSON is weak, and a client that sends it back is told 304 with the same tag', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      const known = /(W\/)?"v1"/.test(request.headers['if-none-match'] ?? '')
      if (known) response.writeHead(304, { etag: '"v1"' }).end()
      else
        jsonAnswer(JSON.stringify(DAY), { etag: '"v1"', 'content-md5': 'x', 'accept-ranges': 'bytes' })(
          request,
          response,
        )
    },
  })
  const first = await world.get('/api.nasa.gov/x')
  expect(first.headers.etag).toBe('W/"v1"')
  expect(first.headers).not.toHaveProperty('content-md5')
  expect(first.headers).not.toHaveProperty('accept-ranges')
  expect(await world.get('/api.nasa.gov/x', { 'if-none-match': 'W/"v1"' })).toMatchObject({
    status: 304,
    headers: { etag: 'W/"v1"' },
    text: '',
  })
})

test('a range of JSON is answered with the whole, rewritten', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      if (request.headers.range === undefined) return jsonAnswer(JSON.stringify(DAY))(request, response)
      response.writeHead(206, { 'content-type': 'application/json', 'content-range': 'bytes 0-4/999' }).end('{"url')
    },
  })
  const answer = await world.get('/api.nasa.gov/x', { range: 'bytes=0-4' })
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.text).url).toContain(`https://localhost:${world.proxy.port}/`)
  expect(answer.headers).not.toHaveProperty('content-range')
})

test('several ranges at once are not asked for', async () => {
  await using world = await withProxy()
  await world.get('/apod.nasa.gov/a.jpg', { range: 'bytes=0-1,4-5', 'if-range': '"p"' })
  expect(world.upstream.seen[0]?.headers).not.toHaveProperty('range')
  expect(world.upstream.seen[0]?.headers).not.toHaveProperty('if-range')
})

test('HEAD of JSON does not promise the length of a body that would be rewritten', async () => {
  await using world = await withProxy({ answer: jsonAnswer(JSON.stringify(DAY), { etag: '"v1"' }) })
  const answer = await whole(await world.ask('/api.nasa.gov/x', { method: 'HEAD' }))
  expect(answer).toMatchObject({
    status: 200,
    text: '',
    headers: { etag: 'W/"v1"', 'content-type': 'application/json' },
  })
  expect(answer.headers).not.toHaveProperty('content-length')
})
