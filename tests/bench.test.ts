import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compared, parseKept } from '../bench/support/compare.ts'
import { grow, growthTable } from '../bench/support/growth.ts'
import type { Figure } from '../bench/support/results.ts'
import { inTurns, sideBySide } from '../bench/support/turns.ts'
import { start } from './support/program.ts'

const MAIN = fileURLToPath(new URL('../bench/main.ts', import.meta.url))
const bench = (...args: string[]) => start(process.execPath, [MAIN, ...args], {}).ended

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const figure = (what: string, value: number, bench = 'proxy'): Figure => ({ bench, what, value, unit: '/s' })

test('what has changed is told for each figure, with what is new and what is gone', () => {
  const before = [figure('small', 100), figure('large', 20), figure('other', 1, 'pin')]
  expect(compared(before, [figure('small', 150), figure('huge', 3.5)]).map((line) => line.replace(/ +/g, ' '))).toEqual(
    [
      'What has changed:',
      ' proxy: small 100 /s → 150 /s, 1.50 times',
      ' proxy: huge new: 3.50 /s',
      ' proxy: large gone: 20 /s',
    ],
  )
})

test('what was nothing before is compared to without a division', () => {
  expect(compared([figure('surprises', 0)], [figure('surprises', 2)])[1]).toMatch(/ 0 \/s → 2 \/s$/)
})

test('contenders take turns at going first', async () => {
  const order: string[] = []
  const measured = await inTurns(['a', 'b', 'c'], 3, async (one) => `${one}${order.push(one)}`)
  expect(order.join('')).toBe('abcbcacab')
  expect(measured).toEqual([
    ['a1', 'a6', 'a8'],
    ['b2', 'b4', 'b9'],
    ['c3', 'c5', 'c7'],
  ])
})

test('after a failure nothing more is begun, and nothing goes on when it is told', async () => {
  let [begun, underway] = [0, 0]
  const act = async () => {
    const mine = ++begun
    underway += 1
    await new Promise(setImmediate)
    underway -= 1
    if (mine === 2) throw new Error('the second')
  }
  await expect(sideBySide(4, 100, act)).rejects.toThrow('the second')
  expect(underway).toBe(0)
  expect(begun).toBeLessThan(9)
})

test('a table of growth keeps every cell, and says who could not stand a crowd', async () => {
  const contenders = [
    { name: 'ours', rate: 30 },
    { name: 'theirs', rate: 10 },
  ]
  const measure = async ({ name, rate }: (typeof contenders)[number], crowd: number) => {
    if (name === 'theirs' && crowd === 8) throw new Error('ECONNRESET')
    return rate * crowd
  }
  const crowds = [1, 8]
  const rows = await grow(contenders, { crowds, rounds: 3, measure })
  const of = { bench: 'proxy', what: 'small', unit: '/s', crowds, of: 'at a time' }
  const { lines, figures } = growthTable(rows, { ...of, value: (rate) => rate })
  expect(lines.map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
    'small, /s, at a time: 1 8',
    'ours 30 240',
    'theirs 10 –',
    'ours, in times of that 3.000 –',
    'theirs cannot do 8: ECONNRESET',
  ])
  expect(figures).toEqual([
    figure('small, 1 at a time: ours', 30),
    figure('small, 8 at a time: ours', 240),
    figure('small, 1 at a time: theirs', 10),
    { ...figure('small, 1 at a time: ours beside theirs', 3), unit: 'times' },
  ])
})

test('every benchmark keeps its figures', async () => {
  const folder = new URL('../bench/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'main.ts')
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  expect(names.filter((_, index) => !/\bfigure\(/.test(texts[index] ?? ''))).toEqual([])
})

test('a run that was kept is read, and nothing else is taken for one', () => {
  const text = JSON.stringify({ version: 1, at: 'now', figures: [figure('small', 1)] })
  expect(parseKept(text, 'a.json')).toEqual([figure('small', 1)])
  for (const wrong of ['', '{}', '{"version":2,"figures":[]}', '{"version":1,"figures":[{"value":"1"}]}']) {
    expect(() => parseKept(wrong, 'a.json')).toThrow(expect.objectContaining({ code: 'RESULTS_INVALID' }))
  }
})

test('wrong names, files that are none and places that cannot be written are told before anything is measured', async () => {
  const none = join(folder, 'none.json')
  await writeFile(none, 'not JSON')
  const [unknown, gone, invalid, folderGiven] = await Promise.all([
    bench('proxi'),
    bench('proxy', '--compare', join(folder, 'gone.json')),
    bench('proxy', '--compare', none),
    bench('proxy', '--out', folder),
  ])
  expect(unknown.stderr).toContain("did you mean 'proxy'?")
  expect(gone.stderr).toContain('CANNOT_READ')
  expect(invalid.stderr).toContain('RESULTS_INVALID')
  expect(folderGiven.stderr).toContain('CANNOT_WRITE')
  for (const { code, stdout } of [unknown, gone, invalid, folderGiven]) {
    expect([code, stdout]).toEqual([2, ''])
  }
})
