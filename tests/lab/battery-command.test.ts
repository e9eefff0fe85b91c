import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { batteryCommand } from '#lab/battery-command.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { liar } from '../support/liar.ts'
import { terminal } from '../support/terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-battery-'))
})
afterEach(() => rm(folder, { recursive: true }))

const withLiar = async () => {
  const { attacks, clients } = await loadCatalogues()
  return { attacks, clients: new Map([...clients, ['liar', liar]]) }
}

test('the table is printed, and several reporters write to files at once', async () => {
  const screen = terminal([
    ...['--attack', 'expired', '--attack', 'stolen-key', '--family', 'validity'],
    ...['--client', 'pinned-certificate', '--client', 'pinned-key'],
    ...['--reporter', `table,json=${join(folder, 'run.json')}`],
  ])
  expect(await batteryCommand(screen)).toBe(0)
  expect(screen.printed.stdout).toMatch(/expired {2,}✓ blocked \(pin\) {2,}✓ blocked \(validity\)/)
  expect(screen.printed.stdout).toMatch(/Nothing surprising: 4 of 4 as expected\. Seed: \d+\. json: /)
  const run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))
  expect(run.attacks.map(({ id }: { id: string }) => id)).toEqual(['none', 'expired'])
})

test('a reporter for programs has stdout to itself', async () => {
  const screen = terminal([
    ...['--attack', 'other-host', '--attack', 'stolen-key', '--world', 'other-certificate'],
    ...['--client', 'unpinned', '--reporter', 'json'],
  ])
  expect(await batteryCommand(screen)).toBe(0)
  expect(JSON.parse(screen.printed.stdout).results).toHaveLength(2)
  expect(screen.printed.stderr).toContain('Nothing surprising')
})

test('the seed of a run is told in its last line and its JSON, and --seed repeats it', async () => {
  const told = async (...args: string[]) => {
    const path = join(folder, 'seeded.json')
    const screen = terminal(['--attack', 'expired', '--client', 'unpinned', '--reporter', `json=${path}`, ...args])
    expect(await batteryCommand(screen)).toBe(0)
    const { seed } = JSON.parse(await readFile(path, 'utf8'))
    expect(screen.printed.stdout).toContain(` Seed: ${seed}. `)
    return seed
  }
  expect(await told('--seed', '4294967295')).toBe(4294967295)
  const [one, other] = [await told(), await told()]
  expect(one).toBeGreaterThanOrEqual(0)
  expect(one).not.toBe(other)
})

test.each(['-1', '1.5', '4294967296', 'x'])('%s is no seed', async (seed) => {
  await expect(batteryCommand(terminal(['--seed', seed]))).rejects.toThrow(CommanderError)
})

test('a surprise ends with 3, and with a baseline that had it before with 0', async () => {
  const path = join(folder, 'before.json')
  const args = ['--client', 'liar', '--attack', 'trusted-authority', '--attack', 'expired']
  expect(await batteryCommand(terminal([...args, '--reporter', `json=${path}`]), withLiar)).toBe(3)
  const screen = terminal([...args, '--baseline', path])
  expect(await batteryCommand(screen, withLiar)).toBe(0)
  expect(screen.printed.stdout).toContain('nothing changed')
})

test.each([
  ['an unknown family', ['--family', 'pin-bipass'], 'UNKNOWN_ID', "'pin-bypass'"],
  ['an unknown world', ['--world', 'nothin'], 'UNKNOWN_ID', "'nothing'"],
  ['an unknown reporter', ['--reporter', 'jsn'], 'UNKNOWN_ID', "'json'"],
  ['an unknown attack to explain', ['--explain', 'stolenkey'], 'UNKNOWN_ID', "'stolen-key'"],
  ['a shard that is none', ['--shard', '3/2'], 'SHARD_INVALID', '1/3'],
  ['a baseline that is no run', ['--baseline', 'package.json'], 'RUN_UNREADABLE', 'npm run battery'],
  ['a baseline that is not there', ['--baseline', '/nowhere/run.json'], 'CANNOT_READ', undefined],
  ['two reporters on stdout', ['--reporter', 'json,table'], 'REPORTERS_COLLIDE', 'file of its own'],
  ['two reporters on one file', ['--reporter', 'json=x.json,table=x.json'], 'REPORTERS_COLLIDE', 'file of its own'],
  ['a report without a name', ['--reporter', 'json='], 'CANNOT_WRITE', undefined],
])('%s is named, and nothing is run by half', async (_, args, code, hint) => {
  await expect(batteryCommand(terminal(args))).rejects.toMatchObject({
    code,
    ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
  })
})

test('a report that cannot be written is found out before the run', async () => {
  await writeFile(join(folder, 'file'), '')
  const args = ['--reporter', `json=${join(folder, 'file', 'run.json')}`]
  await expect(batteryCommand(terminal(args))).rejects.toMatchObject({ code: 'CANNOT_WRITE' })
  expect(await readdir(folder)).toEqual(['file'])
})

test('an interrupt prints what was found so far, and ends with 130', async () => {
  const stop = new AbortController()
  const screen = { ...terminal(['--jobs', '1', '--client', 'pinned-key']), signal: stop.signal }
  const load = async () => {
    const { attacks, clients } = await loadCatalogues()
    const [first, second] = [...attacks.values()]
    if (!first || !second) throw new Error('the catalogue is empty')
    const stopping = { ...second, present: () => Promise.reject(new Error('never asked')) }
    stop.abort()
    return {
      attacks: new Map([
        [first.id, first],
        [second.id, stopping],
      ]),
      clients,
    }
  }
  expect(await batteryCommand(screen, load)).toBe(130)
  expect(screen.printed.stderr).toMatch(/interrupted: these are the 0 results/)
})

test('merge puts shards together, and says no to what is none', async () => {
  const few = ['--attack', 'expired', '--attack', 'stolen-key']
  const paths = ['1', '2'].map((name) => join(folder, `${name}.json`))
  for (const [index, path] of paths.entries()) {
    const args = [...few, '--client', 'pinned-key', '--shard', `${index + 1}/2`, '--reporter', `json=${path}`]
    expect(await batteryCommand(terminal(args))).toBe(0)
  }
  const screen = terminal(['merge', ...paths])
  expect(await batteryCommand(screen)).toBe(0)
  expect(JSON.parse(screen.printed.stdout).results).toHaveLength(3)
  await expect(batteryCommand(terminal(['merge', ...paths, paths[0] ?? '']))).rejects.toMatchObject({
    code: 'MERGE_IMPOSSIBLE',
  })
  await expect(batteryCommand(terminal(['merge']))).rejects.toThrow(CommanderError)
})
