import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compared, parseKept } from '../bench/support/compare.ts'
import type { Figure } from '../bench/support/results.ts'
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
  expect(compared(before, [figure('small', 150), figure('huge', 3)]).map((line) => line.replace(/ +/g, ' '))).toEqual([
    'What has changed:',
    ' proxy: small 100 /s → 150 /s, 1.50 times',
    ' proxy: huge new: 3.00 /s',
    ' proxy: large gone: 20.0 /s',
  ])
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
