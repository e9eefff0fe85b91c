import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { clientComplaints } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import { inapplicable } from '#lab/applicable.ts'
import { battery } from '#lab/battery.ts'
import { expected } from '#lab/expected.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { fallOf, type NaiveClient, naiveClients } from '#lab/kill-matrix.ts'
import { type Run, resultOf } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import type { Attack } from '#mitm/attack.ts'

const now = () => new Date()
const catalogues: Catalogues = await loadCatalogues()
const attacks = [...catalogues.attacks.values()]
const naive = naiveClients(catalogues)

const WORDS = { belief: 'b', source: 's', fix: 'f' }

let stage: HomeStage
beforeAll(async () => {
  stage = await embeddedStage({ clients: catalogues.clients, now })
})
afterAll(() => stage?.close())

/** What a client fell to that a client which makes the checks it claims would have blocked. */
function fallsSeen(run: Run, { mistake: _, ...claimed }: NaiveClient): Record<string, string> {
  const seen = run.results.filter(({ attack, client, verdict }) => {
    const entry = catalogues.attacks.get(attack)
    const fell = client === claimed.id && (verdict === 'intercepted' || verdict === 'leaked')
    return fell && entry && expected(entry, claimed).verdict === 'blocked'
  })
  return Object.fromEntries(seen.map(({ attack, verdict }) => [attack, verdict]))
}

function fallsTold(client: NaiveClient, among: readonly Entry<Attack>[], road?: Road): Record<string, string> {
  return Object.fromEntries(
    among.flatMap((attack) => {
      const fall = fallOf(attack, client, { ...(road && { road }) })
      return fall ? [[attack.id, fall]] : []
    }),
  )
}

/** One attack for each check that stops any, and all that a mistake names. */
const SOME = attacks.filter(
  ({ id, stoppedBy }, index) =>
    id === 'none' ||
    naive.some(({ mistake }) => mistake.falls?.[id]) ||
    stoppedBy.some((check) => attacks.findIndex((other) => other.stoppedBy[0] === check) === index),
)

describe.each([
  { what: 'every attack', played: attacks, road: 'takeover' },
  { what: 'each kind of attack', played: SOME, road: 'proxy' },
] as const)('$what against every naive client, on the $road road', ({ played, road }) => {
  let run: Run
  beforeAll(async () => {
    run = await battery(stage, { attacks: played, clients: naive, road, jobs: 8, versions: {}, now })
  }, 600_000)

  test('nothing is surprising, the reason of each refusal included', () => {
    const surprising = run.results
      .filter(({ surprise }) => surprise)
      .map(({ attack, client, verdict, reason, why }) => ({ attack, client, verdict, reason, why }))
    expect(surprising).toEqual([])
  })

  test.each(naive)('$id reaches the API, and falls to exactly what its mistake says', (client) => {
    expect(resultOf(run, 'none', client.id)).toMatchObject({ verdict: 'reached' })
    expect(Object.keys(fallsTold(client, attacks)).length).toBeGreaterThan(0)
    expect(fallsSeen(run, client)).toEqual(fallsTold(client, played, road))
  })

  test('whoever falls has been read, and whoever leaked reports an error all the same', () => {
    for (const { verdict, evidence, report } of run.results) {
      if (verdict === 'intercepted' || verdict === 'leaked') expect(evidence.applicationBytes).toBeGreaterThan(100)
      if (verdict === 'leaked') expect(report.outcome).not.toBe('accepted')
      if (verdict !== 'blocked') continue
      expect(evidence.applicationBytes).toBe(0)
      // In a story something may have been read before, of what the app does not pin.
      if (evidence.earlierBytes === undefined) expect(evidence.requests).toEqual([])
    }
  })
})

test.each(naive)(
  'each attack and each check that $id names is one that there is, and matters',
  ({ mistake, ...client }) => {
    for (const id of Object.keys(mistake.falls ?? {})) {
      const { stoppedBy = [] } = catalogues.attacks.get(id) ?? {}
      expect([id, client.checks.some((check) => stoppedBy.includes(check))]).toEqual([id, true])
    }
    for (const check of Object.keys(mistake.undoes ?? {})) expect(client.checks).toContain(check)
  },
)

test('what is done to a whole process stays in its thread or its process', () => {
  // By now both have been played: a handler for all errors, and NODE_TLS_REJECT_UNAUTHORIZED.
  expect(process.env.NODE_TLS_REJECT_UNAUTHORIZED).toBeUndefined()
  expect(process.listeners('uncaughtException').filter((listener) => String(listener).includes('stay up'))).toEqual([])
})

test.each([
  [{}, 'mistake.belief is not a sentence'],
  [{ ...WORDS, falls: {} }, 'say of no check and no attack'],
  [{ ...WORDS, falls: { none: 'blocked' } }, 'say of no check and no attack'],
  [{ ...WORDS, undoes: { chian: 'leaked' } }, 'mistake.undoes names chian, which is no check'],
])('a mistake of the shape %j is named', (mistake, complaint) => {
  const client = { title: 'A client.', deployment: 'ca-signed', checks: [], open: () => {}, mistake }
  expect(clientComplaints(client)).toContainEqual(expect.stringContaining(complaint))
  expect(clientComplaints({ ...client, mistake: { ...WORDS, undoes: { chain: 'leaked' } } })).toEqual([])
})

test('no two mistakes that name their attacks fall to the same ones', () => {
  const named = naive.filter(({ mistake }) => !mistake.undoes)
  const fates = named.map((client) => JSON.stringify(fallsTold(client, attacks)))
  expect(named.length).toBeGreaterThan(5)
  expect(new Set(fates).size).toBe(named.length)
})

test('no sound client falls to what it claims to check', () => {
  const sound = [...catalogues.clients.values()].filter(({ mistake }) => !mistake)
  expect(sound.map(({ id }) => id)).toEqual(expect.arrayContaining(['unpinned', 'pinned-certificate', 'pinned-key']))
  for (const client of sound) {
    for (const attack of attacks.filter(({ stoppedBy }) => stoppedBy.some((check) => client.checks.includes(check)))) {
      if (inapplicable(attack, client) !== undefined) continue
      expect([attack.id, client.id, expected(attack, client).verdict]).toEqual([attack.id, client.id, 'blocked'])
    }
  }
})
