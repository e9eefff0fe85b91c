import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { demo } from '#lab/demo.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { liar } from '../support/liar.ts'
import { terminal } from '../support/terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinning-lab-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the story is told with both ends’ values, and the matrix follows', async () => {
  const screen = terminal(['--out', folder])
  expect(await demo(screen)).toBe(0)
  const { stdout } = screen.printed
  expect(stdout).toMatch(/Nobody in the middle[\s\S]*got “.+” and its picture \(image\/jpeg, \d+ kB\)/)
  expect(stdout).toMatch(/the client believed {2}“INTERCEPTED/)
  expect(stdout).toMatch(/GET https:\/\/api\.lab\.test:\d+\/api\.nasa\.gov\/planetary\/apod/)
  expect(stdout).toMatch(/approov-token: eyJ.{5}…/)
  expect(stdout).toMatch(/PIN_MISMATCH[\s\S]*seen[\s\S]*pinned[\s\S]*0 application bytes/)
  expect(stdout).toMatch(/Nothing surprising: 24 of 24 as expected\. Seed: \d+\. JSON: .*attack-demo\.json\n$/)
  expect(screen.printed.stderr).toBe('')
  // What the front page shows is what a stranger gets to see.
  const anySeed = (text: string) => text.replace(/seed \d+/g, 'seed N')
  const readme = anySeed(await readFile(new URL('../../README.md', import.meta.url), 'utf8'))
  const matrix = stdout.slice(stdout.indexOf(' attack   '), stdout.indexOf('\nNothing surprising'))
  expect(readme).toContain(anySeed(matrix.replace(/^ /gm, '')))
})

test('--json prints the whole result and nothing else on stdout', async () => {
  const screen = terminal([
    '--json',
    '--client',
    'pinned-key',
    '--attack',
    'expired',
    '--out',
    join(folder, 'one.json'),
  ])
  expect(await demo(screen)).toBe(0)
  const run = JSON.parse(screen.printed.stdout)
  expect(run).toMatchObject({ version: 1, stage: 'embedded', surprises: 0 })
  expect(run.attacks.map(({ id }: { id: string }) => id)).toEqual(['none', 'expired'])
  expect(run.versions.node).toBe(process.versions.node)
  expect(JSON.parse(await readFile(join(folder, 'one.json'), 'utf8'))).toEqual(run)
  expect(await readdir(folder)).toEqual(['one.json'])
})

test('a liar ends the demo with 3, named in the last line', async () => {
  const screen = terminal(['--client', 'liar', '--out', folder])
  const load = async () => {
    const { attacks, clients } = await loadCatalogues()
    return { attacks, clients: new Map([...clients, ['liar', liar]]) }
  }
  expect(await demo(screen, load)).toBe(3)
  expect(screen.printed.stdout).toMatch(/! ✗ intercepted\s/)
  expect(screen.printed.stdout).toMatch(/Surprising: \d of 8: .*trusted-authority × liar \(intercepted\)/)
})

test('--list names every attack and client, and runs nothing', async () => {
  const screen = terminal(['--list'])
  expect(await demo(screen)).toBe(0)
  expect(screen.printed.stdout).toMatch(/trusted-authority {2,}\S.*\./)
  expect(screen.printed.stdout).toMatch(/pinned-key {2,}\S.*\./)
})

test.each([
  [
    'an unknown attack',
    ['--attack', 'trusted-autority'],
    { code: 'UNKNOWN_ID', hint: expect.stringContaining("'trusted-authority'") },
  ],
  [
    'an unknown client',
    ['--client', 'pined-key'],
    { code: 'UNKNOWN_ID', hint: expect.stringContaining("'pinned-key'") },
  ],
])('%s is refused with the nearest match', async (_, args, error) => {
  await expect(demo(terminal([...args, '--out', folder]))).rejects.toMatchObject(error)
})

test.each([[['--rod', 'proxy']], [['--road', 'sea']], [['--jobs', '0']], [['extra']]])(
  '%j is wrong use',
  async (args) => {
    await expect(demo(terminal(args))).rejects.toThrow(CommanderError)
  },
)

test('an interrupted demo writes no result, whole or half', async () => {
  const screen = {
    ...terminal(['--out', join(folder, 'one.json')]),
    signal: AbortSignal.abort(new Error('interrupted')),
  }
  await expect(demo(screen)).rejects.toThrow('interrupted')
  expect(await readdir(folder)).toEqual([])
})

test('a folder that cannot be written to is found out before the experiment', async () => {
  const file = join(folder, 'a-file')
  await writeFile(file, '')
  await chmod(file, 0o400)
  await expect(demo(terminal(['--out', join(file, 'below.json')]))).rejects.toMatchObject({ code: 'CANNOT_WRITE' })
})
