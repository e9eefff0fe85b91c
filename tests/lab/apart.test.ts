import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type BatteryOptions, battery } from '#lab/battery.ts'
import { differencesOf } from '#lab/differences.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import type { Run } from '#lab/result.ts'
import type { Stage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { unstagedOn } from '#lab/unstaged.ts'
import type { Attack } from '#mitm/attack.ts'
import { partiesApart } from './apart.ts'

const now = () => new Date()
const catalogues = await loadCatalogues()

/** Those that ask more of a stage than one look; an environment needs a process that has the network's names. */
const DEMANDING = ['story', 'genuine', 'plants', 'hostHeader', 'clear', 'spelling'] as const
const demanding = [...catalogues.attacks.values()]
  .filter((attack: Attack) => DEMANDING.some((what) => attack[what] !== undefined) && attack.environment === undefined)
  .map(({ id }) => id)
const chosen = choose(catalogues, {
  attack: [...demanding, 'stolen-key'],
  client: ['unpinned', 'pinned-certificate', 'pinned-key', 'shared-agent'],
})

let apart: Stage
let there: Run
let here: Run
beforeAll(async () => {
  const options: BatteryOptions = { ...chosen, road: 'takeover', jobs: 8, versions: {}, now }
  apart = await partiesApart(catalogues.clients)
  there = await battery(apart, options)
  await using embedded = await embeddedStage({ clients: catalogues.clients, now })
  here = await battery(embedded, options)
}, 120_000)
afterAll(() => apart?.close())

test('parties that only talk through control ports tell what one process tells', () => {
  const { same, differing, unstaged } = differencesOf(here, there)
  expect(differing).toEqual([])
  expect(same).toBeGreaterThan(demanding.length)
  const known = demanding.filter((id) => unstagedOn('compose', catalogues.attacks.get(id) ?? {}) !== undefined)
  expect([...new Set(unstaged.map(({ attack }) => attack))].sort()).toEqual(known.sort())
})

test('each step of a story is told, with when it began', () => {
  const told = there.results.find(({ attack, client }) => attack === 'none-glance' && client === 'pinned-key')
  expect(told).toMatchObject({
    verdict: 'reached',
    steps: [{ began: expect.any(Number) }, { began: expect.any(Number) }],
  })
})

test('nobody is left standing when the stage closes', async () => {
  await apart.close()
  const [attack] = chosen.attacks
  const [client] = chosen.clients
  if (!attack || !client) throw new Error('nothing was chosen')
  await expect(apart.play({ attack, client, road: 'takeover' })).rejects.toMatchObject({
    code: 'BACKSTAGE_UNREACHABLE',
  })
})
