import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { battery } from '#lab/battery.ts'
import { batteryCommand } from '#lab/battery-command.ts'
import { differencesInWords, differencesOf } from '#lab/differences.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import { notApplicable, type Result, type Run } from '#lab/result.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { NOT_STAGED } from '#lab/unstaged.ts'
import { terminal } from '../support/terminal.ts'

let run: Run
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-differences-'))
  const catalogues = await loadCatalogues()
  const chosen = choose(catalogues, { attack: ['trusted-authority', 'expired'], client: ['unpinned', 'pinned-key'] })
  const now = () => new Date()
  await using stage = await embeddedStage({ clients: catalogues.clients, now })
  run = await battery(stage, { ...chosen, road: 'takeover', jobs: 4, versions: {}, now })
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

/** The run as another stage would have told it, with some results otherwise. */
function onContainers(change: (result: Result) => Result | undefined = (result) => result): Run {
  return { ...run, stage: 'compose', results: run.results.flatMap((result) => change(result) ?? []) }
}

const at =
  <T extends Result | undefined>(attack: string, changed: (result: Result) => T) =>
  (result: Result): Result | T =>
    result.attack === attack && result.client === 'pinned-key' ? changed(result) : result

const played = (changed: object) => (result: Result) => ({ ...result, ...changed }) as Result

const words = (other: Run) => differencesInWords(differencesOf(run, other), ['embedded', 'compose'])

test('two stages that tell the same have no difference', () => {
  expect(differencesOf(run, onContainers())).toEqual({ same: 6, differing: [], unstaged: [] })
  expect(words(onContainers())).toBe('embedded and compose: no difference, plays compared: 6\n')
})

test.each([
  ['verdict', { verdict: 'intercepted', reason: undefined }, 'embedded: blocked (pin), compose: intercepted'],
  ['reason', { reason: 'chain' }, 'embedded: blocked (pin), compose: blocked (chain)'],
])('another %s is a difference, and named', (_, changed, told) => {
  const text = words(onContainers(at('trusted-authority', played(changed))))
  expect(text).toBe(
    `embedded and compose differ in 1, and tell the same in 5:\n  trusted-authority × pinned-key  ${told}\n`,
  )
})

test('what only one of the two has played is a difference', () => {
  expect(words(onContainers(at('expired', () => undefined)))).toContain('compose: not in this run')
  const unable = at('expired', ({ attack, client }) => notApplicable(attack, client, 'the client cannot'))
  expect(words(onContainers(unable))).toContain('compose: not-applicable')
})

test('what cannot be staged there is counted apart, with the reason', () => {
  const unstaged = at('expired', ({ attack, client }) => notApplicable(attack, client, `${NOT_STAGED}it is told why`))
  expect(words(onContainers(unstaged))).toBe(
    'embedded and compose: no difference, plays compared: 5\nnot compared: 1, of expired, not staged on containers: it is told why\n',
  )
})

test('what neither has played is no play', () => {
  const unable = at('expired', ({ attack, client }) => notApplicable(attack, client, 'the client cannot'))
  const both = { ...run, results: run.results.map(unable) }
  expect(differencesOf(both, { ...both, stage: 'compose' })).toMatchObject({ same: 5, differing: [], unstaged: [] })
})

test('the command ends with 0 when two runs tell the same, and with 3 when not', async () => {
  const files = ['one.json', 'same.json', 'other.json'].map((name) => join(folder, name))
  const runs = [run, onContainers(), onContainers(at('expired', played({ reason: 'pin' })))]
  for (const [index, file] of files.entries()) await writeFile(file, JSON.stringify(runs[index]))
  const [one = '', same = '', other = ''] = files
  const [quiet, loud] = [terminal(['compare', one, same]), terminal(['compare', one, other])]
  expect([await batteryCommand(quiet), await batteryCommand(loud)]).toEqual([0, 3])
  expect(quiet.printed.stdout).toContain('no difference, plays compared: 6')
  expect(loud.printed.stdout).toContain('expired × pinned-key  embedded: blocked (validity), compose: blocked (pin)')
})

test('a file that is no run is told so', async () => {
  const file = join(folder, 'none.json')
  await writeFile(file, '{}')
  await expect(batteryCommand(terminal(['compare', file, file]))).rejects.toMatchObject({ code: 'RUN_UNREADABLE' })
})
