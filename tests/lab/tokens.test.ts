import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ClientReport } from '#client/client.ts'
import { battery } from '#lab/battery.ts'
import { bothEnds } from '#lab/both-ends.ts'
import { type Catalogues, choose, loadCatalogues } from '#lab/experiment.ts'
import { type PlayedResult, type Run, resultOf } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

/*
 * What the API makes of a token in the wrong hands, with the real attestation service, the real proxy and an attacker that
 * goes there by itself.
 */

const now = () => new Date()
const pictureIn = (report: ClientReport) => (report.outcome === 'accepted' ? report.picture : undefined)
const ATTACKS = [
  'none-enforced',
  'stolen-token-replay',
  'request-replay',
  'attestation-replay',
  'repackaged-repinned',
  'response-tamper',
  'body-truncation',
  'trusted-authority',
]
const CLIENTS = ['unpinned', 'pinned-key', 'pinned-certificate', 'check-in-response']

let catalogues: Catalogues
let stage: HomeStage
beforeAll(async () => {
  catalogues = await loadCatalogues()
  stage = await embeddedStage({ clients: catalogues.clients, now })
})
afterAll(() => stage?.close())

describe.each(['takeover', 'proxy'] as const)('on the %s road', (road) => {
  let run: Run
  beforeAll(async () => {
    const chosen = choose(catalogues, { attack: ATTACKS, client: CLIENTS })
    run = await battery(stage, { ...chosen, road, jobs: 4, versions: {}, now })
  }, 60_000)
  const statuses = (attack: string, client: string) =>
    resultOf(run, attack, client)?.evidence.replays?.map(({ status }) => status)

  const playedOf = (attack: string, client: string): PlayedResult => {
    const result = resultOf(run, attack, client)
    if (result?.verdict === undefined || result.verdict === 'not-applicable') throw new Error(`no play of ${attack}`)
    return result
  }

  test('nothing is surprising, and the enforcing API serves whoever attests itself', () => {
    expect(run.results.filter(({ surprise }) => surprise)).toEqual([])
    for (const client of CLIENTS) expect(resultOf(run, 'none-enforced', client)?.verdict).toBe('reached')
  })

  test.each([
    // An honest limit: until a bearer token runs out, whoever brings it is served, again and for anything.
    ['stolen-token-replay', [200]],
    ['request-replay', [200, 200]],
    ['attestation-replay', [401, 401, 401, 401]],
  ])('%s: whoever lets its token be read has it tried at the API, which answers %j', (attack, answers) => {
    for (const client of ['unpinned', 'check-in-response']) expect(statuses(attack, client)).toEqual(answers)
    for (const client of ['pinned-key', 'pinned-certificate']) expect(statuses(attack, client)).toEqual([])
  })

  test('a repackaged app is fooled, pinned or not, and its token opens nothing, to it or to the attacker', () => {
    for (const client of ['unpinned', 'pinned-key', 'pinned-certificate']) {
      expect(resultOf(run, 'repackaged-repinned', client)).toMatchObject({
        verdict: 'intercepted',
        // The attacker has passed the request on, and the API's no with it.
        report: { outcome: 'accepted', status: 401 },
        evidence: { token: expect.stringMatching(/^eyJ/), replays: [{ how: 'as-read', status: 401 }] },
      })
    }
  })

  test('the answer that was rewritten on its way is what the unpinned client shows, and the first one was genuine', () => {
    const { steps = [], evidence } = playedOf('response-tamper', 'unpinned')
    const [before, after] = steps.map(({ report }) => pictureIn(report))
    expect(before?.title).toBe(pictureIn(playedOf('none', 'unpinned').report)?.title)
    expect(after?.title).toBe(`INTERCEPTED: ${before?.title}`)
    expect(after?.image?.sha256).not.toBe(before?.image?.sha256)
    expect(evidence.requests).toMatchObject([
      { altered: { what: 'json', title: after?.title } },
      { altered: { what: 'picture' } },
    ])
    const pinned = playedOf('response-tamper', 'pinned-key').steps ?? []
    expect(pinned).toMatchObject([{ report: { outcome: 'accepted' } }, { report: { code: 'PIN_MISMATCH' } }])
  })

  test('half a picture is taken for a whole one, without a word', () => {
    const whole = pictureIn(playedOf('trusted-authority', 'unpinned').report)?.image
    const half = pictureIn(playedOf('body-truncation', 'unpinned').report)?.image
    expect(half).toMatchObject({ contentType: 'image/jpeg', bytes: Math.ceil((whole?.bytes ?? 0) / 2) })
  })

  test('the sentence and the lines of both ends tell what the API answered', () => {
    const forged = resultOf(run, 'attestation-replay', 'unpinned')
    const told = 'the attacker asked the API with the token unsigned: 401, with the token signed by itself: 401'
    expect(forged?.why).toContain(told)
    expect(forged && bothEnds(forged, run)).toContain(told)
    expect(resultOf(run, 'attestation-replay', 'pinned-key')?.why).not.toContain('asked the API')
  })
})
