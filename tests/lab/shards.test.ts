import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { compare, gotWorse } from '#lab/baseline.ts'
import { battery } from '#lab/battery.ts'
import { choose, firstLook, loadCatalogues } from '#lab/experiment.ts'
import { merge } from '#lab/merge.ts'
import { readRun } from '#lab/read-run.ts'
import { notApplicable, type PlayedResult, type Run } from '#lab/result.ts'
import { inShard, parseShard } from '#lab/shard.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const THREE = ['unpinned', 'pinned-certificate', 'pinned-key']

let whole: Run
let parts: Run[]
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-shards-'))
  const catalogues = await loadCatalogues()
  const { attacks, clients } = choose(catalogues, firstLook(catalogues, { attack: [], client: THREE }))
  const now = () => new Date()
  await using stage = await embeddedStage({ clients: catalogues.clients, now })
  const options = {
    attacks,
    clients,
    road: 'takeover',
    jobs: 4,
    versions: { lab: '1' },
    now,
  } as const
  whole = await battery(stage, options)
  parts = []
  for (const index of [1, 2, 3, 4, 5]) parts.push(await battery(stage, { ...options, shard: { index, of: 5 } }))
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

const told = ({ results }: Run) =>
  results.map(({ attack, client, verdict, reason }) => [attack, client, verdict, reason])

test('shards are disjoint, and merged they say what the whole run says', () => {
  const all = parts.flatMap(({ results }) => results.map(({ attack, client }) => `${attack} ${client}`))
  expect(new Set(all).size).toBe(all.length)
  const merged = merge([...parts].reverse())
  expect(told(merged)).toEqual(told(whole))
  const { attacks, clients, surprises, versions } = whole
  expect(merged).toMatchObject({ attacks, clients, surprises, versions })
})

test('shards of one seed keep it, and those of several have none', () => {
  const seeded = (...seeds: number[]) => merge(seeds.map((seed, index) => ({ ...(parts[index] as Run), seed })))
  expect(seeded(3, 3).seed).toBe(3)
  expect(seeded(3, 4)).not.toHaveProperty('seed')
  expect(merge(parts)).not.toHaveProperty('seed')
})

test('a client has held the pins that it held in any shard, each told once', () => {
  const key = { by: 'key-pin', value: 'sha256/of-another-certificate' } as const
  const [first, ...rest] = parts
  if (!first) throw new Error('there are no shards')
  const held = (run: Run) => run.clients.find(({ id }) => id === 'pinned-key')?.pins
  const other = { ...first, clients: first.clients.map((client) => ({ ...client, pins: [key] })) }
  expect(held(merge(parts))).toEqual(held(first))
  expect(held(merge([other, ...rest]))).toEqual([key, ...(held(first) ?? [])])
})

test('a shard without its client’s control still rests on it', () => {
  // Five does not divide by three clients: some shard has a result and not that client's control.
  const without = parts.flatMap(({ results }) =>
    results.filter(({ client }) => !results.some((one) => one.attack === 'none' && one.client === client)),
  )
  expect(without.length).toBeGreaterThan(0)
  for (const { verdict } of without) expect(verdict).not.toBe('inconclusive')
})

test.each(['0/3', '4/3', '1', '1/0', 'a/b', '1/3/5', '-1/3'])('%s is no shard', (text) => {
  expect(() => parseShard(text)).toThrow(expect.objectContaining({ code: 'SHARD_INVALID' }))
})

test('one shard of one is everything', () => {
  expect(inShard([1, 2, 3], parseShard('1/1'))).toEqual([1, 2, 3])
})

describe('what is not a set of shards is not merged', () => {
  test.each([
    ['nothing at all', () => []],
    ['the same shard twice', () => [...parts.slice(0, 1), ...parts.slice(0, 1)]],
    ['another stage', () => [...parts.slice(0, 1), { ...whole, results: [], stage: 'compose' as const }]],
    ['another version', () => [...parts.slice(0, 1), { ...whole, results: [], versions: { lab: '2' } }]],
  ])('%s', (_, runs) => {
    expect(() => merge(runs())).toThrow(expect.objectContaining({ code: 'MERGE_IMPOSSIBLE' }))
  })
})

describe('a baseline', () => {
  const change = (run: Run, attack: string, changed: Partial<PlayedResult>): Run => ({
    ...run,
    results: run.results.map((result) =>
      result.verdict !== 'not-applicable' && result.attack === attack && result.client === 'unpinned'
        ? { ...result, ...changed }
        : result,
    ),
  })

  test('that equals the run has no change', () => {
    expect(gotWorse(compare(whole, whole))).toBe(false)
  })

  test('is worse off for a new surprise, and not for an old one', () => {
    const failing = change(whole, 'expired', { verdict: 'intercepted', surprise: true })
    expect(compare(whole, failing).newFailures).toMatchObject([{ attack: 'expired', client: 'unpinned' }])
    expect(gotWorse(compare(whole, failing))).toBe(true)
    expect(gotWorse(compare(failing, failing))).toBe(false)
    expect(compare(failing, whole).fixed).toMatchObject([{ attack: 'expired' }])
    expect(gotWorse(compare(failing, whole))).toBe(false)
  })

  test('is worse off for what proves nothing any more', () => {
    const broken = change(whole, 'expired', { verdict: 'inconclusive', surprise: true })
    expect(compare(whole, broken)).toMatchObject({ newFailures: [], newlyInconclusive: [{ attack: 'expired' }] })
    expect(gotWorse(compare(whole, broken))).toBe(true)
  })

  test('is neither better nor worse off for what is or was not applicable', () => {
    const without: Run = {
      ...whole,
      results: whole.results.map((result) =>
        result.attack === 'expired' && result.client === 'unpinned'
          ? notApplicable('expired', 'unpinned', 'it needs more')
          : result,
      ),
    }
    const failing = change(whole, 'expired', { verdict: 'intercepted', surprise: true })
    for (const [before, now] of [
      [whole, without],
      [without, whole],
      [failing, without],
    ] as const) {
      expect(compare(before, now)).toEqual({ newFailures: [], fixed: [], newlyInconclusive: [], added: [] })
    }
    expect(compare(without, failing)).toMatchObject({ newFailures: [], added: [{ attack: 'expired' }] })
  })

  test('says nothing of a pair that it does not hold, unless that is a surprise', () => {
    const [first, ...rest] = whole.results
    const smaller = { ...whole, results: rest }
    expect(gotWorse(compare(smaller, whole))).toBe(false)
    const surprising = { ...whole, results: [{ ...(first as PlayedResult), surprise: true }, ...rest] }
    expect(compare(smaller, surprising).added).toHaveLength(1)
    expect(gotWorse(compare(smaller, surprising))).toBe(true)
  })
})

test.each([
  ['no file', undefined, 'CANNOT_READ'],
  ['no JSON', '{', 'RUN_UNREADABLE'],
  ['other JSON', '{"version":2}', 'RUN_UNREADABLE'],
])('%s is no run', async (name, text, code) => {
  const path = join(folder, `${name}.json`)
  if (text !== undefined) await writeFile(path, text)
  await expect(readRun(path, 'a baseline')).rejects.toMatchObject({ code })
})

test('a run is read as it was written', async () => {
  const path = join(folder, 'whole.json')
  await writeFile(path, JSON.stringify(whole))
  expect(await readRun(path, 'a baseline')).toEqual(JSON.parse(JSON.stringify(whole)))
})
