import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { battery } from '#lab/battery.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { type Run, resultOf } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { EXPECTATIONS } from '../expectations/all.ts'
import { asTable } from '../expectations/table.ts'
import { liar } from '../support/liar.ts'

const now = () => new Date()

describe.each(['takeover', 'proxy'] as const)('every attack against every sound client, on the %s road', (road) => {
  let catalogues: Catalogues
  let stage: HomeStage
  let run: Run

  beforeAll(async () => {
    catalogues = await loadCatalogues()
    stage = await embeddedStage({ clients: catalogues.clients, now })
    run = await battery(stage, {
      attacks: [...catalogues.attacks.values()],
      clients: [...catalogues.clients.values()].filter(({ mistake }) => !mistake),
      road,
      jobs: 8,
      versions: {},
      now,
    })
  }, 240_000)
  afterAll(() => stage?.close())

  test('the matrix is the one written by hand', () => {
    expect(asTable(run.results)).toEqual(EXPECTATIONS)
    expect(run.surprises).toBe(0)
  })

  test('whoever is blocked gave the attacker no application byte, no request and no token', () => {
    const blocked = run.results.filter(({ verdict }) => verdict === 'blocked')
    expect(blocked.length).toBeGreaterThan(10)
    for (const { evidence, reason } of blocked) {
      expect(evidence.applicationBytes).toBe(0)
      // What a story let the attacker read before the look that is judged is told apart.
      if (evidence.earlierBytes !== undefined) continue
      expect(evidence.requests).toEqual([])
      expect(evidence).not.toHaveProperty('token')
      // A host that may not be visited is refused before there is a connection; a certificate, once it was shown.
      if (reason !== 'policy') expect(evidence.connections.length).toBeGreaterThan(0)
    }
  })

  test('a host without pins is refused by policy, and nobody is connected to', () => {
    for (const attack of ['subdomain-gap', 'suffix-confusion', 'no-sni-default-cert']) {
      expect(resultOf(run, attack, 'pinned-key')).toMatchObject({
        report: { outcome: 'refused', reason: 'policy', code: expect.stringMatching(/^HOST_(NOT_PINNED|REFUSED)$/) },
        evidence: { connections: [] },
      })
    }
  })

  test.each([
    'pinned-certificate',
    'pinned-key',
    'pinned-authority',
    'https-pinned-key',
    'fetch-pinned-key',
    'http2-pinned-key',
  ])('%s refuses with its typed error', (client) => {
    const report = resultOf(run, 'trusted-authority', client)?.report
    expect(report).toMatchObject({ outcome: 'refused', reason: 'pin', code: 'PIN_MISMATCH' })
    expect(report?.outcome === 'refused' && report.message).toMatch(/seen {2,}\S{40,}[\s\S]*pinned {2,}\S{40,}/)
  })

  test('the unpinned client believes the altered title and picture, and the attacker holds its token', () => {
    const fooled = resultOf(run, 'trusted-authority', 'unpinned')
    const genuine = resultOf(run, 'none', 'unpinned')
    const picture = (result: typeof fooled) =>
      result?.report?.outcome === 'accepted' ? result.report.picture : undefined
    expect(picture(genuine)?.image?.bytes).toBeGreaterThan(1000)
    expect(picture(fooled)?.title).not.toBe(picture(genuine)?.title)
    expect(picture(fooled)?.image?.sha256).not.toBe(picture(genuine)?.image?.sha256)
    expect(fooled?.evidence.token).toMatch(/^eyJ.{5}…/)
    expect(fooled?.evidence.requests[0]).toMatchObject({
      method: 'GET',
      altered: { what: 'json', title: picture(fooled)?.title },
    })
  })

  test('no whole token is in the result that gets passed around', () => {
    expect(JSON.stringify(run)).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]{20,}/)
  })

  test('the three worlds give each client its name', () => {
    expect(Object.fromEntries(run.clients.map(({ id, standing }) => [id, standing]))).toEqual({
      unpinned: 'unpinned',
      'pinned-certificate': 'pinned',
      'pinned-key': 'pinned',
      'pinned-authority': 'pinned',
      'https-unpinned': 'unpinned',
      'https-pinned-key': 'pinned',
      'fetch-unpinned': 'unpinned',
      'fetch-pinned-key': 'pinned',
      'http2-unpinned': 'unpinned',
      'http2-pinned-key': 'pinned',
    })
  })
})

test('a client that claims checks it does not make is a surprise', async () => {
  const { attacks } = await loadCatalogues()
  await using stage = await embeddedStage({ clients: new Map([['liar', liar]]), now })
  const run = await battery(stage, {
    attacks: [...attacks.values()],
    clients: [liar],
    road: 'takeover',
    jobs: 4,
    versions: {},
    now,
  })
  const surprising = run.results.filter(({ surprise }) => surprise).map(({ attack }) => attack)
  expect(surprising).toEqual(expect.arrayContaining(['trusted-authority', 'append-pinned-leaf']))
  expect(run.surprises).toBe(surprising.length)
  expect(resultOf(run, 'none', 'liar')).toMatchObject({ verdict: 'reached', surprise: false })
}, 120_000)

test('a client turned away by the API has proved nothing', async () => {
  const { attacks, clients } = await loadCatalogues()
  const control = [...attacks.values()].filter(({ id }) => id === 'none')
  const broken = { ...liar, open: () => Promise.reject(new Error('this client never starts')) }
  await using stage = await embeddedStage({ clients: new Map([...clients, ['liar', broken]]), now })
  const run = await battery(stage, {
    attacks: control,
    clients: [broken],
    road: 'takeover',
    jobs: 1,
    versions: {},
    now,
  })
  expect(run.results).toMatchObject([{ verdict: 'inconclusive', surprise: true }])
})
