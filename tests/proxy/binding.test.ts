import { beforeAll, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import { createInstallationKey } from '#client/installation-key.ts'
import { Secret } from '#kit/secret.ts'
import { freshMaterial, type Line, withProxy } from './world.ts'

const PATH = '/apod.nasa.gov/a.jpg?size=1'
let secret: string
beforeAll(async () => {
  secret = (await freshMaterial()).attestationSecret
})

const now = () => new Date()
const app = createInstallationKey(now)
const other = createInstallationKey(now)

async function tokenFor(pay: unknown): Promise<string> {
  const claims = pay === undefined ? {} : { pay }
  const jwt = new SignJWT(claims as Record<string, unknown>).setProtectedHeader({ alg: 'HS256' })
  return jwt.setExpirationTime('5m').sign(new TextEncoder().encode(secret))
}

const bound = async () => tokenFor(await app.thumbprint)

const binding = (more: { enforce?: boolean; now?: () => Date } = {}) =>
  withProxy({
    config: { attestation: { secret: new Secret(secret), enforce: more.enforce ?? true, binding: true } },
    ...(more.now && { now: more.now }),
  })

const proofFor = (token: string, target = PATH, method = 'GET') => app.prove({ method, target, token })

test('a bound token with a proof for this very request opens the way, once', async () => {
  await using world = await binding()
  const token = await bound()
  const headers = { 'approov-token': token, 'approov-proof': await proofFor(token) }
  expect(await world.get(PATH, headers)).toMatchObject({ status: 200, text: 'picture' })
  expect(world.upstream.seen).toHaveLength(1)
  expect(world.upstream.seen[0]?.headers).not.toHaveProperty('approov-proof')
  expect((await world.get(PATH, headers)).status).toBe(401)
  expect(await world.line(byOutcome('proof-used'))).toBeDefined()
  // The app itself goes on.
  const next = { 'approov-token': token, 'approov-proof': await proofFor(token) }
  expect((await world.get(PATH, next)).status).toBe(200)
  expect(world.upstream.seen).toHaveLength(2)
})

test.each([
  ['no-proof', 'without a proof', async () => undefined],
  ['bad-proof', 'with words', async () => 'a proof, honestly'],
  ['bad-proof', 'with a proof for another path', (token: string) => proofFor(token, '/apod.nasa.gov/b.jpg')],
  ['bad-proof', 'with a proof for another query', (token: string) => proofFor(token, '/apod.nasa.gov/a.jpg?size=2')],
  ['bad-proof', 'with a proof for another method', (token: string) => proofFor(token, PATH, 'HEAD')],
  ['bad-proof', 'with a proof for another token', async () => proofFor(await tokenFor('x'))],
  ['bad-proof', 'with a proof by another key', (token: string) => other.prove({ method: 'GET', target: PATH, token })],
  ['bad-proof', 'with the token as its proof', async (token: string) => token],
])('%s: a bound token %s is turned away, and the upstream hears nothing', async (outcome, _, proof) => {
  await using world = await binding()
  const token = await bound()
  const sent = await proof(token)
  const answer = await world.get(PATH, { 'approov-token': token, ...(sent !== undefined && { 'approov-proof': sent }) })
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.text).error.message).toBe('the attestation token is not valid')
  expect(world.upstream.seen).toEqual([])
  expect(await world.line(byOutcome(outcome))).toBeDefined()
})

test.each([undefined, 7, { jkt: 'x' }])('a good token that is bound to %j counts no more than none', async (pay) => {
  await using world = await binding()
  const token = await tokenFor(pay)
  const headers = { 'approov-token': token, 'approov-proof': await proofFor(token) }
  expect((await world.get(PATH, headers)).status).toBe(401)
  expect(await world.line(byOutcome('unbound'))).toBeDefined()
})

test('a proof is good for a minute, by the proxy’s clock', async () => {
  let ahead = 0
  await using world = await binding({ now: () => new Date(Date.now() + ahead) })
  const token = await bound()
  const [young, old] = [await proofFor(token), await proofFor(token)]
  ahead = 50_000
  expect((await world.get(PATH, { 'approov-token': token, 'approov-proof': young })).status).toBe(200)
  ahead = 80_000
  expect((await world.get(PATH, { 'approov-token': token, 'approov-proof': old })).status).toBe(401)
})

test('what does not enforce says what it would have done', async () => {
  await using world = await binding({ enforce: false })
  expect((await world.get(PATH, { 'approov-token': await bound() })).status).toBe(200)
  expect(await world.line(({ msg }) => msg === 'attestation failed')).toMatchObject({ attestation: 'no-proof' })
})

test('without the setting a bound token is a token like others', async () => {
  await using world = await withProxy({ config: { attestation: { secret: new Secret(secret), enforce: true } } })
  const headers = { 'approov-token': await bound() }
  expect((await world.get(PATH, headers)).status).toBe(200)
  expect((await world.get(PATH, headers)).status).toBe(200)
})

test('neither token nor proof is in the log', async () => {
  await using world = await binding()
  const token = await bound()
  const proof = await proofFor(token)
  await world.get(PATH, { 'approov-token': token, 'approov-proof': proof })
  await world.line(({ msg }) => msg === 'request')
  const log = JSON.stringify(world.lines)
  for (const text of [token, proof]) expect(log).not.toContain(text.slice(-20))
})

function byOutcome(outcome: string): (line: Line) => boolean {
  return ({ msg, attestation }) => msg === 'request failed' && attestation === outcome
}
