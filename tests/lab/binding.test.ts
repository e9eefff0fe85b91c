import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { battery } from '#lab/battery.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { type Run, resultOf } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const now = () => new Date()
const ATTACKS = ['none', 'none-enforced', 'trusted-authority', 'request-replay', 'stolen-token-replay']

describe.each([
  { bound: false, again: 200 },
  { bound: true, again: 401 },
])('where tokens are bound: $bound', ({ bound, again }) => {
  let catalogues: Catalogues
  let stage: HomeStage
  let run: Run
  beforeAll(async () => {
    catalogues = await loadCatalogues()
    stage = await embeddedStage({ clients: catalogues.clients, now, bound })
    run = await battery(stage, {
      attacks: ATTACKS.flatMap((id) => catalogues.attacks.get(id) ?? []),
      clients: ['unpinned', 'pinned-key'].flatMap((id) => catalogues.clients.get(id) ?? []),
      ...{ road: 'takeover', jobs: 4, versions: {}, now },
    })
  }, 60_000)
  afterAll(() => stage?.close())

  test('every client is served, where the API enforces too, and falls to what it falls to', () => {
    expect(run.surprises).toBe(0)
    expect(resultOf(run, 'none-enforced', 'unpinned')).toMatchObject({ verdict: 'reached' })
    expect(resultOf(run, 'trusted-authority', 'unpinned')).toMatchObject({ verdict: 'intercepted' })
    expect(resultOf(run, 'trusted-authority', 'pinned-key')).toMatchObject({ verdict: 'blocked' })
  })

  test(`what was stolen, sent again within its life, is answered with ${again}`, () => {
    const replays = (attack: string) => resultOf(run, attack, 'unpinned')?.evidence.replays ?? []
    expect(replays('request-replay')).toEqual([
      { how: 'as-read', status: again },
      { how: 'as-read', status: again },
    ])
    expect(replays('stolen-token-replay').find(({ how }) => how === 'other-request')).toMatchObject({ status: again })
    expect(resultOf(run, 'request-replay', 'pinned-key')?.evidence.replays).toEqual([])
  })
})
