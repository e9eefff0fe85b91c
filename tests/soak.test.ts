import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { type Point, picture, slope, told } from './soak/told.ts'
import { doingFor } from './soak/visitors.ts'
import { start } from './support/program.ts'

const MAIN = fileURLToPath(new URL('./soak.ts', import.meta.url))
const soak = (...args: string[]) => start(process.execPath, [MAIN, ...args], {}).ended

const point = (at: number, heap: number): Point => ({
  ...{ at, heap, held: 50, rss: 100, handles: 5, late: 1, errors: 0, requests: at * 10 },
})
const growing = Array.from({ length: 41 }, (_, index) => point(index * 3, index < 20 ? 50 : 10 + index * 0.1))

test('what grows is told by the second half, in a minute', () => {
  expect(slope(growing, ({ heap }) => heap)).toBeCloseTo(2)
  expect(slope(growing, ({ rss }) => rss)).toBe(0)
  expect(slope([], ({ heap }) => heap)).toBe(0)
})

test('a picture stands on nothing, and is no wider than a line', () => {
  expect(picture([100, 101, 99])).toBe('███')
  expect(picture([0, 50, 100])).toBe('▁▅█')
  expect(picture(Array(1000).fill(1)).length).toBeLessThanOrEqual(60)
})

test('the table has about ten rows, the last sample among them', () => {
  const lines = told(growing)
  const rows = lines.slice(1, lines.indexOf(''))
  expect(rows.length).toBeLessThanOrEqual(12)
  expect(rows.at(-1)).toMatch(/^120 +1200/)
})

test('each share of the visitors comes', () => {
  const paths = Array.from({ length: 100 }, (_, index) => doingFor(index / 100))
  expect(new Set(paths).size).toBe(10)
  expect(paths.filter(({ good }) => good).length).toBe(76)
})

test('a short one finds nothing wrong, and says what it saw', async () => {
  const { code, stdout, stderr } = await soak('--minutes', '0.1', '--seed', '7')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^seed 7\n/)
  expect(stdout).toMatch(/\d{2,} served whole, \d+ told of a fault, \d+ left early/)
  expect(stdout).toContain('Nothing is wrong')
}, 60_000)

test('what is no time is told', async () => {
  expect(await soak('--minutes', 'long')).toMatchObject({ code: 2, stdout: '' })
})
