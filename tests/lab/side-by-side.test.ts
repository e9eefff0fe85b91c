import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { battery } from '#lab/battery.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import type { Run } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

// One of each sort: relayed, refused by each check, no TLS at all, read before it is refused, fooled; and one that lives
// in a thread.
const ATTACKS = [
  'none',
  'stranger-authority',
  'trusted-authority',
  'self-signed-lookalike',
  'other-host',
  'expired',
  'append-pinned-leaf',
  'tls10-tls11',
  'dropssl-reset',
  'stolen-key',
]
const CLIENTS = [
  'unpinned',
  'pinned-certificate',
  'pinned-key',
  'check-in-response',
  'retries-unpinned',
  'throws-under-uncaught-exception-handler',
]
const ROUNDS = 20

const now = () => new Date()
const catalogues = await loadCatalogues()
const chosen = choose(catalogues, { attack: ATTACKS, client: CLIENTS })

let stage: HomeStage
beforeAll(async () => {
  stage = await embeddedStage({ clients: catalogues.clients, now })
})
afterAll(() => stage?.close())

function run(jobs: number): Promise<Run> {
  return battery(stage, { ...chosen, road: 'takeover', jobs, versions: {}, now })
}

const told = ({ results }: Run) =>
  results.map(({ attack, client, verdict, reason, surprise }) => ({ attack, client, verdict, reason, surprise }))

test('twenty runs with all plays side by side tell the same as one that plays one by one', async () => {
  const oneByOne = await run(1)
  expect(oneByOne.results).toHaveLength(ATTACKS.length * CLIENTS.length)
  expect(oneByOne.results.filter(({ verdict, surprise }) => verdict === 'inconclusive' || surprise)).toEqual([])
  for (let round = 1; round <= ROUNDS; round += 1) {
    expect({ round, told: told(await run(ATTACKS.length * CLIENTS.length)) }).toEqual({ round, told: told(oneByOne) })
  }
}, 300_000)
