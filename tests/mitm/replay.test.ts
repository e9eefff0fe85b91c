import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { type Attack, attackComplaints } from '#mitm/attack.ts'
import { type Forgery, forgeToken, tokenIn } from '#mitm/token.ts'
import { ask, HOST, pictureOfTheDay, refusal, TOKEN, world } from './world.ts'

interface Arrived {
  readonly path: string
  readonly method: string
  readonly token: string | undefined
  readonly host: string | undefined
}

/** The genuine host, which notes who comes and turns away whoever brings another token than the one. */
function strictHost(): { arrived: Arrived[]; answer: RequestListener } {
  const arrived: Arrived[] = []
  const tokenOf = ({ headers }: IncomingMessage) => [headers['approov-token']].flat()[0]
  return {
    arrived,
    answer: (request, response) => {
      const token = tokenOf(request)
      arrived.push({ path: request.url ?? '', method: request.method ?? '', token, host: request.headers.host })
      if (token === TOKEN) pictureOfTheDay(request, response)
      else response.writeHead(401).end()
    },
  }
}

const READ = '/planetary/apod?date=2017-01-01'

test('a request is sent again as it was read, from the attacker’s own connection, twice', async () => {
  const { arrived, answer } = strictHost()
  await using lab = await world(answer)
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'request-replay' }))
  await ask(port, { rejectUnauthorized: false, path: '/day?thumbs=true' })
  expect(arrived).toHaveLength(1)
  const { replays } = await lab.attacker.evidence(play)
  const once = { path: '/day?thumbs=true', method: 'GET', token: TOKEN, host: HOST }
  expect(arrived).toEqual([once, once, once])
  expect(replays).toEqual([
    { how: 'as-read', status: 200 },
    { how: 'as-read', status: 200 },
  ])
})

test('a stolen token opens what the victim never asked for', async () => {
  const { arrived, answer } = strictHost()
  await using lab = await world(answer)
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'stolen-token-replay' }))
  await ask(port, { rejectUnauthorized: false, path: '/planetary/apod?thumbs=true' })
  const { replays } = await lab.attacker.evidence(play)
  expect(arrived.map(({ path, token }) => [path, token])).toEqual([
    ['/planetary/apod?thumbs=true', TOKEN],
    [READ, TOKEN],
  ])
  expect(replays).toEqual([{ how: 'other-request', status: 200 }])
})

test('each forged token arrives, none of them is the one that was read, and none is let in', async () => {
  const { arrived, answer } = strictHost()
  await using lab = await world(answer)
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'attestation-replay' }))
  await ask(port, { rejectUnauthorized: false })
  const { replays, token } = await lab.attacker.evidence(play)
  expect(token).toBe(TOKEN)
  const [, unsigned, ownKey, altered, without] = arrived
  expect(arrived.map(({ path }) => path)).toEqual([READ, READ, READ, READ, READ])
  expect(unsigned?.token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.$/)
  expect(ownKey?.token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}$/)
  expect(altered?.token?.split('.')[2]).toBe(TOKEN.split('.')[2])
  expect(new Set(arrived.map((one) => one.token)).size).toBe(5)
  expect(without?.token).toBeUndefined()
  expect(replays?.map(({ status }) => status)).toEqual([401, 401, 401, 401])
})

test('where nothing was read, nothing is replayed', async () => {
  const { arrived, answer } = strictHost()
  await using lab = await world(answer)
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'request-replay' }))
  expect(await refusal(ask(port, { ca: lab.material.root.chain }))).toBeDefined()
  expect((await lab.attacker.evidence(play)).replays).toEqual([])
  expect(arrived).toEqual([])
})

test('a request without a token is nothing to replay, and an attack without replays tells of none', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'request-replay' }))
  await ask(port, { rejectUnauthorized: false, headers: { 'approov-token': '' } })
  expect((await lab.attacker.evidence(play)).replays).toEqual([])
  const plain = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  await ask(plain.port, { rejectUnauthorized: false })
  expect(await lab.attacker.evidence(plain.play)).not.toHaveProperty('replays')
})

test('a host that answers nobody any more gives no status', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'stolen-token-replay' }))
  await ask(port, { rejectUnauthorized: false })
  await lab.genuine.close()
  expect((await lab.attacker.evidence(play)).replays).toEqual([{ how: 'other-request' }])
})

describe('a forged token', () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))

  test.each<Forgery>(['unsigned', 'own-key', 'altered'])('%s keeps the claims and lives a year longer', (how) => {
    const read = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"app","exp":1}').toString('base64url')}.c2ln`
    expect(claimsOf(forgeToken(read, how, now))).toEqual({ sub: 'app', exp: now.getTime() / 1000 + 365 * 24 * 3600 })
  })

  test.each(['', 'opaque', 'a.b.c', 'a.bnVsbA.c'])('can be made of %j too, which is no JWT', (read) => {
    expect(claimsOf(forgeToken(read, 'own-key', now))).toEqual({ exp: expect.any(Number) })
  })
})

test('a token is found in the SDK’s header first, and behind its scheme', () => {
  expect(tokenIn({ headers: { authorization: 'Bearer abc', 'approov-token': 'def' } })?.token).toBe('def')
  expect(tokenIn({ headers: { authorization: 'bearer  abc' } })).toEqual({ header: 'authorization', token: 'abc' })
  expect(tokenIn({ headers: { authorization: '' } })).toBeUndefined()
})

const look = { act: 'look', attacker: 'attacks' } as const
const replayed = { act: 'replay', how: 'as-read' } as const

test.each<readonly [string, Attack['story'], readonly string[]]>([
  ['after its last look', [look, replayed, replayed], []],
  [
    'before it',
    [replayed, look],
    ['story replays before its last look: the attacker does so when the victim has gone'],
  ],
  ['without any', [replayed], ['story does not end with a look, which is what is judged']],
])('a story that replays %s', (_when, story, complaints) => {
  const attack = { title: 'T.', family: 'tokens', holds: 'nothing', stoppedBy: [], present: 'relay', references: [] }
  expect(attackComplaints({ ...attack, story })).toEqual(complaints)
})
