import { createServer } from 'node:https'
import { promisify } from 'node:util'
import { brotliCompress, deflate, gzip, zstdCompress } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import type { Answer } from '#mitm/forward.ts'
import { tamper } from '#mitm/tamper.ts'
import { ask, PICTURE, type World, world } from './world.ts'

const answer = (body: string | Buffer, headers: Answer['headers'], status = 200): Answer => ({
  status,
  statusMessage: 'OK',
  headers,
  body: Buffer.from(body),
})
const json = (value: unknown) => answer(JSON.stringify(value), { 'content-type': 'application/json' })

test('title and explanation change, everything else in the JSON stays', async () => {
  const told = await tamper(json({ ...PICTURE, url: 'https://x.test/é.jpg', n: [1, { title: 'deep' }] }))
  expect(JSON.parse(String(told.answer.body))).toEqual({
    ...PICTURE,
    title: `INTERCEPTED: ${PICTURE.title}`,
    explanation: expect.stringMatching(/in the middle has read this.*naïvely drawn\.$/),
    url: 'https://x.test/é.jpg',
    n: [1, { title: 'deep' }],
  })
  expect(told.altered).toEqual({ what: 'json', title: `INTERCEPTED: ${PICTURE.title}` })
})

test('an address under the name of the attacker’s own site becomes a path, so that the victim stays where it has asked', async () => {
  const told = await tamper(
    json({ ...PICTURE, url: 'https://evil.lab.test:8443/a.jpg', hdurl: 'https://evil.lab.test.lab.test/a.jpg' }),
  )
  expect(JSON.parse(String(told.answer.body))).toMatchObject({
    url: '/a.jpg',
    hdurl: 'https://evil.lab.test.lab.test/a.jpg',
  })
})

test('each picture of a list is retold, and the first title is the one on record', async () => {
  const told = await tamper(json([{ title: 'one' }, { title: 'two' }]))
  expect(JSON.parse(String(told.answer.body))).toEqual([{ title: 'INTERCEPTED: one' }, { title: 'INTERCEPTED: two' }])
  expect(told.altered).toEqual({ what: 'json', title: 'INTERCEPTED: one' })
})

describe.each([
  ['gzip', promisify(gzip)],
  ['deflate', promisify(deflate)],
  ['br', promisify(brotliCompress)],
  ['zstd', promisify(zstdCompress)],
] as const)('%s', (encoding, compress) => {
  test('a compressed answer is altered too, and sent on as plain text', async () => {
    const body = await compress(Buffer.from(JSON.stringify(PICTURE)))
    const told = await tamper(answer(body, { 'content-type': 'application/json', 'content-encoding': encoding }))
    expect(JSON.parse(String(told.answer.body)).title).toMatch(/^INTERCEPTED/)
    expect(told.answer.headers).not.toHaveProperty('content-encoding')
  })
})

test.each([
  ['text', answer('{"title":"x"}', { 'content-type': 'text/html' })],
  ['JSON without a title', json({ ok: true })],
  ['JSON that is none', answer('{"title"', { 'content-type': 'application/json' })],
  ['a JSON null', json(null)],
  ['an error', answer('{"title":"x"}', { 'content-type': 'application/json' }, 400)],
  ['a part of a picture', answer('abc', { 'content-type': 'image/png' }, 206)],
  ['a picture that is none', answer('abc', { 'content-type': 'image/png' })],
  ['a format that cannot be written', answer('<svg/>', { 'content-type': 'image/svg+xml' })],
  ['an unknown encoding', answer('x', { 'content-type': 'application/json', 'content-encoding': 'compress' })],
  ['something said to be gzip', answer('x', { 'content-type': 'application/json', 'content-encoding': 'gzip' })],
  ['an empty answer', answer('', { 'content-type': 'application/json' })],
])('%s passes as it came', async (_what, given) => {
  expect(await tamper(given)).toEqual({ answer: given })
})

describe.each(['png', 'jpeg', 'webp'] as const)('a picture, %s', (format) => {
  test('comes back in its own format and size as a negative with a band', async () => {
    const canvas = createCanvas(120, 60)
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#ffffff'
    pen.fillRect(0, 0, 120, 60)
    const given = format === 'png' ? canvas.encode('png') : canvas.encode(format, 90)
    const told = await tamper(answer(await given, { 'content-type': `image/${format}` }))
    expect(told.altered).toEqual({ what: 'picture' })
    const shown = await loadImage(told.answer.body)
    expect([shown.width, shown.height]).toEqual([120, 60])
    const seen = createCanvas(120, 60).getContext('2d')
    seen.drawImage(shown, 0, 0)
    const [red, green, blue] = seen.getImageData(5, 5, 1, 1).data
    expect(Math.max(red ?? 255, green ?? 255, blue ?? 255)).toBeLessThan(30)
    const band = seen.getImageData(2, 30, 1, 1).data
    expect((band[0] ?? 0) - (band[1] ?? 0)).toBeGreaterThan(100)
  })
})

describe('over the wire', () => {
  const intercept = async (lab: World, path: string, more: Parameters<typeof ask>[1] = {}) => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
    const told = await ask(port, { rejectUnauthorized: false, path, ...more })
    return { told, evidence: await lab.attacker.evidence(play) }
  }

  test('an altered answer has its own length in bytes, not in letters', async () => {
    await using lab = await world()
    const { told } = await intercept(lab, '/')
    expect(told.headers['content-length']).toBe(String(told.body.length))
    expect(String(told.body)).toContain('Comète')
  })

  test('what is not altered arrives byte for byte, with its status and headers, and the question as the victim asked it', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0, 200])
    const asked: unknown[] = []
    await using lab = await world((request, response) => {
      asked.push([request.method, request.url, request.headers.host, request.headers['x-odd']])
      response.writeHead(418, { 'content-type': 'application/octet-stream', 'set-cookie': ['a=1', 'b=2'], etag: '"e"' })
      response.end(bytes)
    })
    const { told, evidence } = await intercept(lab, '/a%20b?x=%C3%A9&x=2', {
      headers: { host: 'api.lab.test:8443', 'x-odd': 'yes' },
    })
    expect(told).toMatchObject({ status: 418, headers: { 'set-cookie': ['a=1', 'b=2'], etag: '"e"' }, body: bytes })
    expect(asked).toEqual([['GET', '/a%20b?x=%C3%A9&x=2', 'api.lab.test:8443', 'yes']])
    expect(evidence.requests).toMatchObject([{ path: '/a%20b?x=%C3%A9&x=2', headers: { 'x-odd': 'yes' } }])
    expect(evidence.requests[0]).not.toHaveProperty('altered')
  })

  test('a body goes on whole, and its first 2048 bytes are kept', async () => {
    const sizes: number[] = []
    await using lab = await world(async (request, response) => {
      let size = 0
      for await (const chunk of request) size += chunk.length
      sizes.push(size)
      response.end('ok')
    })
    const { evidence } = await intercept(lab, '/upload', { method: 'POST', body: 'x'.repeat(100_000) })
    expect(sizes).toEqual([100_000])
    expect(evidence.requests[0]?.body).toBe('x'.repeat(2048))
  })

  test('HEAD is answered with the genuine length and no body', async () => {
    await using lab = await world((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 77 }).end()
    })
    const { told } = await intercept(lab, '/', { method: 'HEAD' })
    expect(told).toMatchObject({ status: 200, headers: { 'content-length': '77' } })
    expect(told.body).toHaveLength(0)
  })

  test('the genuine host is asked for by its name', async () => {
    const names: unknown[] = []
    await using lab = await world()
    const named = createServer({
      key: lab.material.proxyCaSigned.key,
      cert: lab.material.proxyCaSigned.chain,
      SNICallback: (name, done) => {
        names.push(name)
        done(null)
      },
    })
    named.on('request', (_request, response) => response.end('ok'))
    const { listen } = await import('#kit/listen.ts')
    await using upstream = await listen(named, { what: 'the genuine host' })
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority', upstream }))
    await ask(port, { rejectUnauthorized: false })
    await lab.attacker.evidence(play)
    expect(names).toEqual(['api.lab.test'])
  })
})
