import { createServer } from 'node:net'
import { beforeAll, expect, test } from '@jest/globals'
import type { Client, OpenClient } from '#client/client.ts'
import { visit } from '#client/run.ts'
import type { Entry } from '#kit/catalogue.ts'
import { listen } from '#kit/listen.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { APOD, answerApod, attest, PICTURE_SHA256, startApi, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

const visitWith = async (body: unknown) => {
  await using api = await startApi(world.material.proxyCaSigned, answerApod(body))
  const report = await visit(world.client('pinned-key'), world.situation(api.port), { attest })
  return { report, paths: api.requests.map(({ path }) => path) }
}

/** A client that does what a catalogue entry must not. */
const rogue = (opened: Partial<OpenClient>): Entry<Client> => ({
  id: 'rogue',
  title: 'A rogue.',
  deployment: 'ca-signed',
  checks: [],
  open: () => ({ get: forever, close: async () => {}, ...opened }),
})
const forever = () => new Promise<never>(() => {})

test('an image address below the origin is followed as well as a whole one', async () => {
  await using api = await startApi(world.material.proxyCaSigned, (request, response) =>
    answerApod({ ...APOD, url: `${world.situation(api.port).origin}${APOD.url}` })(request, response),
  )
  const report = await visit(world.client('pinned-key'), world.situation(api.port), { attest })
  expect(report).toMatchObject({ outcome: 'accepted', picture: { image: { sha256: PICTURE_SHA256 } } })
})

test('on a day with a video, its still is taken for the image', async () => {
  const video = { ...APOD, media_type: 'video', url: 'https://www.youtube.com/embed/x', thumbnail_url: '/i/still.jpg' }
  const { report, paths } = await visitWith(video)
  expect(report).toMatchObject({ outcome: 'accepted', picture: { image: { sha256: PICTURE_SHA256 } } })
  expect(paths).toEqual(['/api.nasa.gov/planetary/apod?thumbs=true', '/i/still.jpg'])
})

test.each([
  ['is elsewhere', { thumbnail_url: 'https://img.youtube.com/vi/x/0.jpg' }],
  ['does not exist', {}],
])('on a day with a video whose still %s, the picture is told of without an image', async (_where, more) => {
  const { report, paths } = await visitWith({ ...APOD, media_type: 'video', url: 'https://youtube.com/x', ...more })
  expect(report).toMatchObject({ outcome: 'accepted', status: 200, picture: { title: APOD.title } })
  expect(report).not.toHaveProperty('picture.image')
  expect(paths).toHaveLength(1)
})

test('a day that is neither picture nor video is told of without an image', async () => {
  const { date, title, explanation } = APOD
  const { report } = await visitWith({ date, title, explanation, media_type: 'other' })
  expect(report).toMatchObject({ outcome: 'accepted', status: 200, picture: { date, title, explanation } })
})

test('an answer of 401 arrived all the same: it is accepted, with its status and no picture', async () => {
  await using api = await startApi(world.material.proxyCaSigned, (_request, response) => response.writeHead(401).end())
  const report = await visit(world.client('pinned-key'), world.situation(api.port), { attest })
  expect(report).toEqual({ outcome: 'accepted', status: 401, ms: expect.any(Number) })
})

test('an image that is not there leaves its status in the report', async () => {
  await using api = await startApi(world.material.proxyCaSigned, (request, response) =>
    request.url === APOD.url ? response.writeHead(404).end() : answerApod()(request, response),
  )
  const report = await visit(world.client('pinned-key'), world.situation(api.port), { attest })
  expect(report).toMatchObject({ outcome: 'accepted', status: 404, picture: { title: APOD.title } })
  expect(report).not.toHaveProperty('picture.image')
})

test.each([
  ['no object', []],
  ['no title', { ...APOD, title: undefined }],
  ['a number for a title', { ...APOD, title: 1 }],
])('an answer with %s is broken', async (_what, body) => {
  expect((await visitWith(body)).report).toMatchObject({ outcome: 'broken', code: 'ANSWER_MALFORMED' })
})

test('without a token to send, none is sent', async () => {
  await using api = await startApi(world.material.proxyCaSigned)
  await visit(world.client('pinned-key'), world.situation(api.port), { attest: async () => undefined })
  expect(api.requests.map(({ headers }) => 'approov-token' in headers)).toEqual([false, false])
})

test('a token that cannot be had breaks the visit before the API is asked', async () => {
  await using api = await startApi(world.material.proxyCaSigned)
  const report = await visit(world.client('pinned-key'), world.situation(api.port), {
    attest: () => Promise.reject(Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' })),
  })
  expect(report).toMatchObject({ outcome: 'broken', code: 'CLIENT_UNATTESTED' })
  expect(api.seen.connections).toBe(0)
})

test('a server that accepts and says nothing is not waited for longer than the timeout', async () => {
  await using silent = await listen(createServer(), { what: 'a silent server' })
  const situation = world.situation(silent.port, { timeout: 100 })
  const report = await visit(world.client('pinned-key'), situation, { attest })
  expect(report.outcome).toBe('broken')
  expect(report.ms).toBeLessThan(PROMPTLY)
})

test('an answer that never ends is not waited for, and its connection is closed', async () => {
  await using api = await startApi(world.material.proxyCaSigned, (_request, response) => response.write('{"date":'))
  const report = await visit(world.client('unpinned'), world.situation(api.port, { timeout: 200 }), { attest })
  expect(report.outcome).toBe('broken')
  await api.idle()
  expect(api.open()).toBe(0)
})

test('a client that ignores the timeout is cut off by the run', async () => {
  const report = await visit(rogue({}), world.situation(1, { timeout: 50 }), { attest })
  expect(report).toMatchObject({ outcome: 'broken', code: 'CLIENT_TIMED_OUT' })
})

test('a token that never comes is cut off too', async () => {
  const report = await visit(rogue({}), world.situation(1, { timeout: 50 }), { attest: forever })
  expect(report).toMatchObject({ outcome: 'broken', code: 'CLIENT_TIMED_OUT' })
})

test('a visit ends what it opened, once, whether it ended well or not', async () => {
  let closed = 0
  const close = async () => {
    closed += 1
  }
  await visit(rogue({ close }), world.situation(1, { timeout: 50 }), { attest })
  await visit(rogue({ close, get: () => Promise.reject(new Error('no')) }), world.situation(1), { attest })
  expect(closed).toBe(2)
})

test('a client that opens only after the deadline is closed all the same', async () => {
  const opened = Promise.withResolvers<OpenClient>()
  const closed = Promise.withResolvers<void>()
  const late = { ...rogue({}), open: () => opened.promise }
  const report = await visit(late, world.situation(1, { timeout: 50 }), { attest })
  opened.resolve({ get: forever, close: async () => closed.resolve() })
  await closed.promise
  expect(report).toMatchObject({ outcome: 'broken', code: 'CLIENT_TIMED_OUT' })
})

test('a client that cannot close does not change what it saw', async () => {
  const answer = { status: 401, contentType: '', body: Buffer.alloc(0) }
  const stubborn = rogue({ get: async () => answer, close: () => Promise.reject(new Error('stuck')) })
  expect(await visit(stubborn, world.situation(1), { attest })).toMatchObject({ outcome: 'accepted', status: 401 })
})

test('an interrupted visit says so and ends its connections', async () => {
  await using api = await startApi(world.material.proxyCaSigned, () => interrupt.abort())
  const interrupt = new AbortController()
  const report = await visit(world.client('pinned-key'), world.situation(api.port), {
    attest,
    signal: interrupt.signal,
  })
  expect(report).toMatchObject({ outcome: 'broken', code: 'CLIENT_INTERRUPTED' })
  await api.idle()
  expect(api.open()).toBe(0)
})

test('a client that cannot be opened is broken: it has refused nobody', async () => {
  const situation = world.situation(1, {
    shipped: { ...world.material.shipped, pins: [{ host: 'x', pins: ['sha256/AAAA'] }] },
  })
  expect((await visit(world.client('pinned-key'), situation, { attest })).outcome).toBe('broken')
})
