import { createHmac, generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { SignJWT, UnsecuredJWT } from 'jose'
import { issueToken } from '#attestation/tokens.ts'
import type { Material } from '#certs/material.ts'
import { Secret } from '#kit/secret.ts'
import type { Attestation } from '#proxy/state.ts'
import { freshMaterial, withProxy } from './world.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const soon = () => new Date(Date.now() + 60_000)
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed(material: Material, alg = 'HS256') {
  return { jwt: new SignJWT({}).setProtectedHeader({ alg }), key: bytes(material.attestationSecret) }
}

/** A token of any shape with a right signature. */
function shaped(material: Material, header: unknown, claims: unknown): string {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${createHmac('sha256', material.attestationSecret).update(text).digest('base64url')}`
}

const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const cases: [Attestation, string, (material: Material) => string | Promise<string>][] = [
  ['missing', 'without a token', () => ''],
  ['malformed', 'with words', () => 'not a token'],
  ['malformed', 'with two tokens', async (m) => `${shaped(m, { alg: 'HS256' }, { exp: 9e9 })}, x`],
  ['malformed', 'with an expiry that is text', (m) => shaped(m, { alg: 'HS256' }, { exp: '9999999999' })],
  ['malformed', 'with an unknown critical header', (m) => shaped(m, { alg: 'HS256', crit: ['x'], x: 1 }, { exp: 9e9 })],
  ['wrong-algorithm', 'with alg none', () => new UnsecuredJWT({}).setExpirationTime(soon()).encode()],
  [
    'wrong-algorithm',
    'with HS512',
    (m) => {
      const { jwt, key } = signed(m, 'HS512')
      return jwt.setExpirationTime(soon()).sign(key)
    },
  ],
  ['wrong-algorithm', 'with RS256', (m) => signed(m, 'RS256').jwt.setExpirationTime(soon()).sign(rsa)],
  [
    'bad-signature',
    "with a stranger's key",
    (m) =>
      signed(m)
        .jwt.setExpirationTime(soon())
        .sign(bytes('x'.repeat(43))),
  ],
  [
    'no-expiry',
    'without an expiry',
    (m) => {
      const { jwt, key } = signed(m)
      return jwt.sign(key)
    },
  ],
  [
    'expired',
    'with a token of yesterday',
    (m) => {
      const { jwt, key } = signed(m)
      return jwt.setExpirationTime(new Date(Date.now() - 86_400_000)).sign(key)
    },
  ],
  [
    'expired',
    'with a token of a minute ago, by a stranger to the minute',
    (m) => shaped(m, { alg: 'HS256' }, { exp: 1 }),
  ],
  [
    'not-yet-valid',
    'with a token of tomorrow',
    (m) => {
      const { jwt, key } = signed(m)
      return jwt
        .setNotBefore(new Date(Date.now() + 86_400_000))
        .setExpirationTime(new Date(Date.now() + 9e7))
        .sign(key)
    },
  ],
]

test.each(cases)('%s: a request %s is logged and let through when enforce is off', async (outcome, _, make) => {
  await using world = await withProxy()
  const token = await make(world.material)
  const answer = await world.get('/apod.nasa.gov/a.jpg', token ? { 'approov-token': token } : {})
  expect(answer).toMatchObject({ status: 200, text: 'picture' })
  expect(await world.line(({ msg }) => msg === 'attestation failed')).toMatchObject({ attestation: outcome })
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ attestation: outcome })
})

test.each(cases)(
  '%s: a request %s is turned away when enforce is on, and the upstream hears nothing',
  async (outcome, _, make) => {
    await using world = await enforcing()
    const token = await make(world.material)
    const answer = await world.get('/apod.nasa.gov/a.jpg', token ? { 'approov-token': token } : {})
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('approov-token')
    expect(JSON.parse(answer.text).error.code).toBe('ATTESTATION_FAILED')
    expect(world.upstream.seen).toEqual([])
    expect(await world.line(({ msg }) => msg === 'request failed')).toMatchObject({
      status: 401,
      host: 'apod.nasa.gov',
      path: '/a.jpg',
      attestation: outcome,
    })
  },
)

test('the body says missing and expired, and tells a forger no more than that a token is not valid', async () => {
  await using world = await enforcing()
  const told = new Map<Attestation, Set<string>>()
  for (const [outcome, , make] of cases) {
    const token = await make(world.material)
    const { error } = await world.json('/api.nasa.gov/x', token ? { 'approov-token': token } : {})
    told.set(outcome, (told.get(outcome) ?? new Set()).add(error.message))
  }
  const words = (outcome: Attestation) => [...(told.get(outcome) ?? [])]
  expect(words('missing')).toEqual([expect.stringContaining('missing')])
  expect(words('expired')).toEqual([expect.stringContaining('expired')])
  const rest = (['malformed', 'wrong-algorithm', 'bad-signature', 'no-expiry', 'not-yet-valid'] as const).flatMap(words)
  expect(rest).toHaveLength(5)
  expect(new Set(rest)).toEqual(new Set(['the attestation token is not valid']))
})

test.each([false, true])('a token of the attestation service opens the way (enforce: %p)', async (enforce) => {
  await using world = await (enforce ? enforcing() : withProxy())
  const { token } = await issueToken(
    { measurement: 'm' },
    { secret: new Secret(world.material.attestationSecret), tokenLife: 60_000 },
    {
      now: () => new Date(),
      random: (size) => new Uint8Array(size),
      registered: { has: async () => true, add: async () => {} } as never,
    },
  )
  expect(await world.get('/apod.nasa.gov/a.jpg', { 'approov-token': token })).toMatchObject({ status: 200 })
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ attestation: 'ok' })
})

test("the proxy's own clock decides, with a few seconds of tolerance", async () => {
  let now = new Date()
  await using world = await enforcing(() => now)
  const expires = new Date(Math.ceil(now.getTime() / 1000) * 1000 + 60_000)
  const headers = { 'approov-token': await world.token({ expires }) }
  const statusAt = async (ms: number) => {
    now = new Date(expires.getTime() + ms)
    return (await world.get('/apod.nasa.gov/a.jpg', headers)).status
  }
  expect(await statusAt(-1_000)).toBe(200)
  expect(await statusAt(3_000)).toBe(200)
  expect(await statusAt(10_000)).toBe(401)
})

async function enforcing(now?: () => Date) {
  const material = await freshMaterial()
  const attestation = { secret: new Secret(material.attestationSecret), enforce: true }
  return withProxy({ config: { attestation }, ...(now ? { now } : {}) })
}
