import { expect, test } from '@jest/globals'
import { battery } from '#lab/battery.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import { MOST_SEED, shuffled } from '#lab/order.ts'
import type { Stage } from '#lab/stage.ts'

test('a seed gives every number once, the same order each time, and another for another seed', () => {
  const order = shuffled(500, 42)
  expect([...order].sort((a, b) => a - b)).toEqual([...Array(500).keys()])
  expect(shuffled(500, 42)).toEqual(order)
  expect(shuffled(500, 43)).not.toEqual(order)
  expect(shuffled(500, MOST_SEED)).not.toEqual(shuffled(500, 0))
  expect(order).not.toEqual([...Array(500).keys()])
})

test('the order of a seed is the same on every machine and for ever', () => {
  expect(shuffled(8, 1)).toEqual([2, 1, 6, 7, 4, 3, 0, 5])
})

test.each([0, 1])('%i plays have one order', (count) => {
  expect(shuffled(count, 7)).toEqual([...Array(count).keys()])
})

test('each place is taken by each number about as often', () => {
  const counts = new Map<number, number>()
  for (let seed = 0; seed < 6000; seed += 1) {
    const [first = -1] = shuffled(6, seed)
    counts.set(first, (counts.get(first) ?? 0) + 1)
  }
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  expect(counts.size).toBe(6)
})

/** Takes down in which order plays begin, and lets each client break before it connects. */
function listeningStage(began: string[]): Stage {
  return {
    name: 'embedded',
    play: async ({ attack, client }) => {
      began.push(`${attack.id} ${client.id}`)
      return {
        report: { outcome: 'broken', code: 'X', message: 'x', ms: 1 },
        evidence: { connections: [], applicationBytes: 0, requests: [] },
      }
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

test('plays begin in the order of the seed, and results stay in that of the catalogues', async () => {
  const catalogues = await loadCatalogues()
  const { attacks, clients } = choose(catalogues, {
    attack: ['expired', 'stolen-key'],
    client: ['pinned-key', 'unpinned'],
  })
  const played = async (seed?: number) => {
    const began: string[] = []
    const run = await battery(listeningStage(began), {
      ...{ attacks, clients, road: 'takeover', jobs: 1, versions: {}, now: () => new Date() },
      ...(seed === undefined ? {} : { seed }),
    })
    return { began, run, told: run.results.map(({ attack, client }) => `${attack} ${client}`) }
  }
  const plain = await played()
  const one = await played(3)
  const again = await played(3)
  expect(plain.began).toEqual(plain.told)
  expect(plain.run).not.toHaveProperty('seed')
  expect(one.run.seed).toBe(3)
  expect(one.began).toEqual(again.began)
  expect(one.began).not.toEqual(plain.began)
  expect(one.told).toEqual(plain.told)
})
