import type { RequestListener } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { createBackstage } from '#kit/backstage.ts'
import { listen } from '#kit/listen.ts'
import { Secret } from '#kit/secret.ts'
import { attackerBackstage } from '#mitm/backstage.ts'
import type { Excerpt } from '#mitm/evidence.ts'
import { excerptOf } from '#mitm/excerpt.ts'
import { remoteAttacker } from '#mitm/remote-attacker.ts'
import { ask, genuineHost, HOST, PICTURE, pictureOfTheDay, refusal, TOKEN, world } from './world.ts'

const WATCHED = { attack: 'trusted-authority', watched: true } as const
const open = { rejectUnauthorized: false }

async function picture(width: number, height: number): Promise<Buffer> {
  const canvas = createCanvas(width, height)
  canvas.getContext('2d').fillRect(0, 0, width, height)
  return canvas.encode('png')
}

test('of a play that is watched the answer is told as it came and as the victim heard it, and the genuine chain', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order(WATCHED))
  await ask(port, open)
  const { requests, genuine } = await lab.attacker.evidence(play)
  expect(genuine).toBe(lab.material.proxyCaSigned.chain)
  const [{ answer } = {}] = requests
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8' })
  expect(JSON.parse(answer?.genuine.text ?? '')).toEqual(PICTURE)
  expect(JSON.parse(answer?.told?.text ?? '')).toMatchObject({ title: `INTERCEPTED: ${PICTURE.title}` })
})

test('of one that nobody watches nothing of the kind is kept', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  await ask(port, open)
  const evidence = await lab.attacker.evidence(play)
  expect(evidence).not.toHaveProperty('genuine')
  expect(evidence.requests).toMatchObject([{ altered: { what: 'json' } }])
  expect(evidence.requests[0]).not.toHaveProperty('answer')
  expect(await refusal(again(lab, play))).toBe('PLAY_FORGOTTEN')
})

test('an answer that is passed on is told once', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ ...WATCHED, requests: 'unaltered' }))
  await ask(port, open)
  const [{ answer } = {}] = (await lab.attacker.evidence(play)).requests
  expect(answer?.genuine.text).toBe(JSON.stringify(PICTURE))
  expect(answer).not.toHaveProperty('told')
})

test('what passes by unread is no answer, and the genuine chain is there all the same', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', watched: true }))
  await ask(port, open)
  expect(await lab.attacker.evidence(play)).toMatchObject({
    genuine: lab.material.proxyCaSigned.chain,
    requests: [],
    applicationBytes: 0,
  })
})

test('a genuine host that is silent ends no play that has no need of it', async () => {
  await using lab = await world()
  const gone = await genuineHost(lab.material.proxyCaSigned, pictureOfTheDay)
  await gone.close()
  const upstream = { host: '127.0.0.1', port: gone.port }
  const { play, port } = await lab.attacker.arm(lab.order({ ...WATCHED, upstream }))
  expect((await ask(port, open)).status).toBe(502)
  const evidence = await lab.attacker.evidence(play)
  expect(evidence).not.toHaveProperty('genuine')
  expect(evidence).toMatchObject({ token: TOKEN, requests: [{ method: 'GET' }] })
})

/** What was read, sent to a host that takes only the one token. */
const again = (lab: Awaited<ReturnType<typeof world>>, play: string, how: 'as-read' | 'without' = 'as-read') =>
  lab.attacker.replay(play, { how, upstream: { host: lab.genuine.host, port: lab.genuine.port } })

const strict: RequestListener = (request, response) => {
  if (request.headers['approov-token'] === TOKEN) return pictureOfTheDay(request, response)
  response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no token"}')
}

test('what was read is good for another time, without its token for none', async () => {
  await using lab = await world(strict)
  const { play, port } = await lab.attacker.arm(lab.order(WATCHED))
  await ask(port, open)
  await lab.attacker.evidence(play)
  const answer = { text: JSON.stringify(PICTURE) }
  expect(await again(lab, play)).toMatchObject({ how: 'as-read', status: 200, answer })
  expect(await again(lab, play)).toMatchObject({ status: 200 })
  const refused = { how: 'without', status: 401, answer: { text: '{"error":"no token"}' } }
  expect(await again(lab, play, 'without')).toMatchObject(refused)
})

test('who has read no token has nothing to send, and who is gone answers nothing', async () => {
  await using lab = await world()
  const [blind, seeing] = await Promise.all([
    lab.attacker.arm(lab.order({ attack: 'none', watched: true })),
    lab.attacker.arm(lab.order(WATCHED)),
  ])
  await Promise.all([ask(blind.port, open), ask(seeing.port, open)])
  await Promise.all([lab.attacker.evidence(blind.play), lab.attacker.evidence(seeing.play)])
  expect(await again(lab, blind.play)).toBeUndefined()
  await lab.genuine.close()
  expect(await again(lab, seeing.play)).toEqual({ how: 'as-read' })
})

test('what is kept of plays has an end', async () => {
  await using lab = await world()
  const [first] = await Promise.all(
    Array.from({ length: 101 }, async () => {
      const { play } = await lab.attacker.arm(lab.order(WATCHED))
      return play
    }),
  )
  for (let number = 1; number <= 101; number += 1) await lab.attacker.evidence(`trusted-authority-${number}`)
  expect(first).toBeDefined()
  expect(await refusal(again(lab, 'trusted-authority-1'))).toBe('PLAY_FORGOTTEN')
  expect(await refusal(again(lab, 'trusted-authority-101'))).toBeUndefined()
})

test('all of it through the control port', async () => {
  await using lab = await world(strict)
  const token = new Secret('a-token-of-the-labs')
  const routes = attackerBackstage(lab.attacker, async () => lab.loot)
  await using control = await listen(createBackstage(routes, token), { what: 'the control port' })
  await using remote = remoteAttacker({ url: `http://127.0.0.1:${control.port}`, token })
  const { play, port } = await remote.arm(lab.order({ ...WATCHED, loot: {} }))
  await ask(port, open)
  expect(await remote.evidence(play)).toMatchObject({ requests: [{ answer: { status: 200 } }] })
  const upstream = { host: lab.genuine.host, port: lab.genuine.port }
  expect(await remote.replay(play, { how: 'as-read', upstream })).toMatchObject({ status: 200 })
  expect(await remote.replay(play, { how: 'unsigned', upstream })).toMatchObject({ status: 401 })
  expect(await refusal(remote.replay('nobody', { how: 'as-read', upstream }))).toBe('PLAY_FORGOTTEN')
})

const body = (type: string, bytes: Buffer | string, more: Record<string, string> = {}) =>
  excerptOf({ headers: { 'content-type': type, ...more }, body: Buffer.from(bytes) })

test('of a text its beginning is shown, whatever it was packed in', async () => {
  const long = 'a'.repeat(5000)
  expect(await body('text/plain', long)).toEqual({ bytes: 5000, text: 'a'.repeat(2048) })
  const packed = await promisify(gzip)(long)
  expect(await body('application/problem+json', packed, { 'content-encoding': 'gzip' })).toEqual({
    bytes: packed.length,
    text: 'a'.repeat(2048),
  })
})

test.each([
  ['nothing', 'text/plain', ''],
  ['bytes of no known kind', 'application/octet-stream', 'abc'],
  ['a picture that is none', 'image/png', 'abc'],
  ['a picture with markup in it', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
])('of %s only its size', async (_what, type, bytes) => {
  expect(await body(type, bytes)).toEqual({ bytes: bytes.length })
})

test('a body that breaks when it is unpacked has a size', async () => {
  expect(await body('text/plain', 'abc', { 'content-encoding': 'gzip' })).toEqual({ bytes: 3 })
  expect(await body('text/plain', 'abc', { 'content-encoding': 'unheard-of' })).toEqual({ bytes: 3 })
})

test.each([
  [1000, 500, 240, 120],
  [10, 2000, 1, 240],
  [100, 50, 100, 50],
])('a picture of %i by %i is shown as one of %i by %i', async (width, height, small, low) => {
  const excerpt: Excerpt = await body('image/png', await picture(width, height))
  const shown = await loadImage(Buffer.from(excerpt.picture ?? '', 'base64'))
  expect([shown.width, shown.height]).toEqual([small, low])
  expect(excerpt.picture?.slice(0, 4)).toBe('/9j/')
})

test('the genuine picture and what became of it are both there', async () => {
  const genuine = await picture(300, 300)
  await using lab = await world((_request, response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(genuine),
  )
  const { play, port } = await lab.attacker.arm(lab.order(WATCHED))
  await ask(port, { ...open, headers: { host: HOST } })
  const [{ answer } = {}] = (await lab.attacker.evidence(play)).requests
  expect(answer?.genuine.bytes).toBe(genuine.length)
  expect(answer?.genuine.picture).toBeDefined()
  expect(answer?.told?.picture).not.toBe(answer?.genuine.picture)
})
