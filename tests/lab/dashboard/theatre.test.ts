import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Running } from '#lab/dashboard/batteries.ts'
import { nameOf } from '#lab/dashboard/pictures.ts'
import { sceneIn } from '#lab/dashboard/scene.ts'
import type { Showing } from '#lab/dashboard/scenes.ts'
import { type Audience, createTheatre } from '#lab/dashboard/theatre.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import type { Stage, StageOrder } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const now = () => new Date()
let catalogues: Catalogues
let stage: Stage
beforeAll(async () => {
  catalogues = await loadCatalogues()
  stage = await embeddedStage({ clients: catalogues.clients, now })
})
afterAll(() => stage?.close())

/** A theatre, and all that its audience was told. */
function theatreOn(play: Stage['play'] = (order) => stage.play(order)) {
  const told: { scenes: Showing[]; batteries: Running[]; results: number } = { scenes: [], batteries: [], results: 0 }
  const audience: Audience = {
    scene: (showing) => void told.scenes.push(showing),
    sceneGone: () => {},
    battery: (running) => void told.batteries.push(running),
    result: () => {
      told.results += 1
    },
  }
  const orders: StageOrder[] = []
  const watched: Stage = {
    ...stage,
    play: (order) => {
      orders.push(order)
      return play(order)
    },
  }
  return { told, orders, theatre: createTheatre({ stage: watched, catalogues, versions: {}, jobs: 4, now }, audience) }
}
const scene = (query: string) => sceneIn(new URLSearchParams(query), catalogues)

test('the same scene twice at a time is one play, and a third time another', async () => {
  const { theatre, orders, told } = theatreOn()
  await using _ = theatre
  await Promise.all([theatre.play(scene('attack=none')), theatre.play(scene('attack=none'))])
  expect(orders).toHaveLength(1)
  await theatre.play(scene('attack=none'))
  expect(orders).toHaveLength(2)
  expect(told.scenes.at(-1)).toMatchObject({ state: 'played', gallery: { length: 4 } })
  expect(theatre.pictures.called(told.scenes.at(-1)?.gallery[0]?.image ?? '')?.contentType).toBe('image/jpeg')
})

test('a scene is played as it says: which road, and what the API asks for', async () => {
  const { theatre, orders } = theatreOn()
  await using _ = theatre
  await theatre.play(scene('attack=trusted-authority&road=proxy&enforce=on&answers=genuine'))
  const [order] = orders.filter(({ attack }) => attack.id === 'trusted-authority')
  expect(order).toMatchObject({ road: 'proxy', unaltered: true, enforces: true })
})

test('an API whose certificate has been renewed is met by the attack, and not by its control', async () => {
  const { theatre, orders } = theatreOn()
  await using _ = theatre
  const renewed = scene('client=pinned-key&attack=none-twice&rotated=new-key&enforce=on')
  await theatre.play(renewed)
  const [result] = theatre.showing(renewed).run?.results.filter(({ attack }) => attack === 'none-twice') ?? []
  expect(result).toMatchObject({ verdict: 'blocked', reason: 'pin', surprise: false })
  expect(orders.map(({ attack }) => [attack.id, attack.genuine])).toEqual(
    expect.arrayContaining([
      ['none', undefined],
      ['none-twice', 'rotated-new-key'],
    ]),
  )
  await theatre.play(scene('client=pinned-key&attack=none-twice&rotated=backup-key'))
  const { run } = theatre.showing(scene('client=pinned-key&attack=none-twice&rotated=backup-key'))
  expect(run?.surprises).toBe(0)
})

test('what was read is sent again, with its token taken and without it turned away', async () => {
  const { theatre, told } = theatreOn()
  await using _ = theatre
  const fooled = scene('attack=trusted-authority')
  // Nobody has played it yet.
  await theatre.replay(fooled, { enforces: true, how: 'as-read' })
  await theatre.replay(fooled, { enforces: true, how: 'without' })
  await theatre.replay(fooled, { enforces: false, how: 'without' })
  expect(told.scenes.at(-1)?.replays).toMatchObject([
    { as: { enforces: false }, replayed: { status: 200 } },
    { as: { how: 'without' }, replayed: { status: 401, answer: { text: expect.stringContaining('error') } } },
    { as: { enforces: true }, replayed: { how: 'as-read', status: 200 } },
  ])
  for (let more = 0; more < 5; more += 1) await theatre.replay(fooled, { enforces: false, how: 'as-read' })
  expect(theatre.showing(fooled).replays).toHaveLength(6)
  const safe = scene('client=pinned-key&attack=trusted-authority')
  await theatre.replay(safe, { enforces: false, how: 'as-read' })
  expect(theatre.showing(safe).replays).toEqual([{ as: { enforces: false, how: 'as-read' } }])
})

test('the small pictures in what the attacker saw can be shown', async () => {
  const { theatre } = theatreOn()
  await using _ = theatre
  await theatre.play(scene('attack=trusted-authority'))
  const { run } = theatre.showing(scene('attack=trusted-authority'))
  const answers = run?.results.flatMap(({ evidence }) => evidence.requests.map(({ answer }) => answer)) ?? []
  const small = answers.flatMap((answer) => [answer?.genuine.picture ?? [], answer?.told?.picture ?? []].flat())
  expect(small).toHaveLength(8)
  for (const base64 of small) {
    expect(theatre.pictures.called(nameOf('image/jpeg', Buffer.from(base64, 'base64')))?.contentType).toBe('image/jpeg')
  }
})

test('a battery is played on the road that was chosen', async () => {
  const { theatre, orders } = theatreOn()
  await using _ = theatre
  await theatre.runAll({ attack: ['none'], client: ['unpinned'] }, 'proxy')
  expect(theatre.running?.run).toMatchObject({ road: 'proxy', surprises: 0 })
  expect(orders.map(({ road }) => road)).toEqual(['proxy'])
})

test('a story ends with what it tells, and has no further days', async () => {
  const { theatre } = theatreOn()
  await using _ = theatre
  await theatre.play(scene('attack=request-replay'))
  const { gallery, run } = theatre.showing(scene('attack=request-replay'))
  expect(gallery).toHaveLength(1)
  expect(run?.results.find(({ attack }) => attack === 'request-replay')).toMatchObject({ surprise: false })
})

test('a battery is one at a time, and ends with all of it', async () => {
  const { theatre, told } = theatreOn()
  await using _ = theatre
  const patterns = { attack: ['none', 'expired'], client: ['unpinned'] }
  await Promise.all([theatre.runAll(patterns), theatre.runAll({ attack: [], client: [] })])
  expect(told.results).toBe(2)
  expect(told.batteries.map(({ state }) => state)).toEqual(['going', 'over'])
  expect(theatre.running).toMatchObject({ state: 'over', done: 2, total: 2, run: { surprises: 0 } })
})

test('a stage that breaks is told, and the next play is another try', async () => {
  let broken = true
  const { theatre } = theatreOn((order) => (broken ? Promise.reject(new Error('no port is left')) : stage.play(order)))
  await using _ = theatre
  await theatre.play(scene('attack=none'))
  expect(theatre.showing(scene('attack=none'))).toMatchObject({ state: 'failed', failure: 'no port is left' })
  await theatre.runAll({ attack: ['none'], client: ['unpinned'] })
  expect(theatre.running).toMatchObject({ state: 'failed', failure: 'no port is left' })
  broken = false
  await theatre.play(scene('attack=none'))
  expect(theatre.showing(scene('attack=none')).state).toBe('played')
})
