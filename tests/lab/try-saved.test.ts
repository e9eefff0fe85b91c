import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { ABILITIES, ROADS } from '#kit/check.ts'
import { batteryCommand } from '#lab/battery-command.ts'
import { readSaved, type Saving, type Setup, save } from '#lab/try/saved.ts'
import { tryCommand } from '#lab/try-command.ts'
import { terminal } from '../support/terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-saved-'))
})
afterEach(() => rm(folder, { recursive: true }))

const env = () => ({ PATH: process.env.PATH ?? '/usr/bin:/bin', INIT_CWD: folder })
const TELLING = ['-a', 'stranger-authority', '-a', 'trusted-authority']
const asking = (options: string) => [
  execPath,
  '-e',
  `const ca = require('node:fs').readFileSync(process.env.LAB_CA)
   require('node:https').get(process.env.LAB_URL, { ca, agent: false, ${options} }, (answer) => {
     answer.resume().on('end', () => process.exit(answer.statusCode === 200 ? 0 : 1))
   }).on('error', () => process.exit(1))`,
]

async function tried(...args: string[]) {
  const screen = terminal(args, env())
  return { code: await tryCommand(screen), ...screen.printed }
}

test('a setup is saved, listed, tried by its name, compared with another one, and played beside the lab’s own', async () => {
  const { stdout } = await tried('--save', 'mine', ...TELLING, ...asking(''))
  expect(stdout).toMatch(/Saved: npm run try -- mine/)
  await tried('--save', 'theirs', ...TELLING, ...asking('rejectUnauthorized: false'))
  expect((await tried('--list')).stdout).toMatch(/^ {2}mine .*\n {2}theirs /)
  const both = await tried(...TELLING, 'mine', 'theirs')
  expect(both.code).toBe(3)
  expect(both.stdout).toMatch(/attack +mine +theirs/)
  expect(both.stdout).toMatch(/mine: Unpinned[\s\S]*theirs: It accepts any certificate/)
  expect((await tried(...TELLING, '--client', 'm*')).stdout).toMatch(/attack +mine\n/)
  const beside = terminal([...TELLING, '--client', 'mine', '--client', 'pinned-key'], env())
  await batteryCommand(beside)
  expect(beside.printed.stdout).toMatch(
    /stranger-authority +✓ blocked \(unknown\) +✓ blocked \(chain\)|stranger-authority +✓ blocked \(chain\) +✓ blocked/,
  )
  expect(beside.printed.stdout).toMatch(/trusted-authority[^\n]*✗ intercepted/)
}, 120_000)

const SETUP: Setup = {
  ...{ command: 'curl', args: ['{url}'], env: {}, plainEnv: false, stdin: false },
  ...{ deployment: 'ca-signed', can: [], road: 'takeover', timeout: 10_000 },
}
const saving = (name: string, more: Partial<Setup> = {}): Saving => ({
  name,
  setup: { ...SETUP, ...more },
  force: false,
  taken: ['unpinned'],
})

test('another setup of the same name is put in its place by --force only, and what differs is said', async () => {
  await save(env(), saving('mine'))
  await save(env(), saving('mine'))
  const other = saving('mine', { road: 'proxy' })
  await expect(save(env(), other)).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    details: ['road: "takeover" is saved, "proxy" is given'],
  })
  await save(env(), { ...other, force: true })
  expect((await readSaved(env())).get('mine')?.road).toBe('proxy')
})

test.each(['', '../mine', 'a b', '-x', '*', 'x'.repeat(65)])('%j is no name', async (name) => {
  await expect(save(env(), saving(name))).rejects.toMatchObject({ code: 'NAME_INVALID' })
})

test('a client of the lab’s own keeps its name', async () => {
  await expect(save(env(), saving('unpinned'))).rejects.toMatchObject({ code: 'NAME_TAKEN' })
})

test.each([
  ['no JSON', '{', 'the whole'],
  ['another shape', '{"version":1,"clients":{"x":{"command":7}}}', 'clients.x.command'],
  ['a field that nobody reads', '{"version":1,"clients":{"x":{"command":"x","cmd":"y"}}}', 'clients.x.cmd'],
])('a file that is %s is refused, and stays as it is', async (_, text, place) => {
  await writeFile(join(folder, 'clients.json'), text)
  await expect(save(env(), saving('mine'))).rejects.toMatchObject({
    code: 'CLIENTS_UNREADABLE',
    details: [expect.stringContaining(place)],
  })
  expect(await readFile(join(folder, 'clients.json'), 'utf8')).toBe(text)
})

test('options after a saved name are not taken for its arguments', async () => {
  await save(env(), saving('mine'))
  await expect(tried('mine', '--road', 'proxy')).rejects.toThrow(CommanderError)
})

test('--client chooses among the saved ones, and goes with nothing that names another client', async () => {
  await expect(tried('--client', 'mine')).rejects.toMatchObject({ message: 'no client is saved yet' })
  await save(env(), saving('mine'))
  await expect(tried('--client', 'mime')).rejects.toMatchObject({
    code: 'UNKNOWN_ID',
    hint: expect.stringContaining('mine'),
  })
  for (const other of [['curl'], ['--image', 'my/app'], ['--reference', 'curl-*'], ['--manual']]) {
    await expect(tried('--client', 'mine', ...other)).rejects.toThrow(CommanderError)
  }
})

test('the published schema knows the fields that are saved, and the same words', async () => {
  const { setup } = JSON.parse(await readFile('services/lab/try/clients.schema.json', 'utf8')).$defs
  expect(Object.keys(setup.properties).sort()).toEqual(Object.keys(SETUP).sort())
  expect([...setup.properties.can.items.enum].sort()).toEqual([...ABILITIES].sort())
  expect(setup.properties.road.enum).toEqual(ROADS)
})
