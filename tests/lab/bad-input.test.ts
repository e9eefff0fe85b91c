import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { batteryCommand } from '#lab/battery-command.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { copiedLab } from '../support/copied-lab.ts'
import { terminal } from '../support/terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-bad-input-'))
})
afterEach(() => rm(folder, { recursive: true }))

const { attacks, clients } = await loadCatalogues()

/** How the battery refuses these words: before any client is opened, and with no report, not even one that could be written. */
async function refusal(args: readonly string[]): Promise<unknown> {
  let opened = 0
  const counting = [...clients].map(([id, client]) => {
    const open: typeof client.open = (situation) => {
      opened += 1
      return client.open(situation)
    }
    return [id, { ...client, open }] as const
  })
  const screen = terminal([...args, '--reporter', `json=${join(folder, 'good.json')}`])
  const error = await batteryCommand(screen, async () => ({ attacks, clients: new Map(counting) })).then(
    (code) => `it ended with ${code}`,
    (refused: unknown) => refused,
  )
  expect({ opened, stdout: screen.printed.stdout }).toEqual({ opened: 0, stdout: '' })
  expect(await readdir(folder)).not.toContain('good.json')
  return error
}

describe('words that mean nothing are named', () => {
  test.each([
    ['an attack', ['--attack', 'stolenkey'], 'UNKNOWN_ID', "there is no attack called 'stolenkey'"],
    ['a glob of attacks', ['--attack', 'zz*'], 'UNKNOWN_ID', "there is no attack called 'zz*'"],
    ['one of two attacks', ['--attack', 'expired,exprd'], 'UNKNOWN_ID', "there is no attack called 'exprd'"],
    ['a client', ['--client', 'unpined'], 'UNKNOWN_ID', "there is no client called 'unpined'"],
    ['a glob of clients', ['--client', '*-nobody'], 'UNKNOWN_ID', "there is no client called '*-nobody'"],
    ['a glob of attacks to explain', ['--explain', 'zz*'], 'UNKNOWN_ID', "there is no attack called 'zz*'"],
    ['a client to explain for', ['--explain', 'none', '--client', 'x'], 'UNKNOWN_ID', "there is no client called 'x'"],
    ['a glob of reporters', ['--reporter', 'j*'], 'UNKNOWN_ID', "'j*' means more than one reporter"],
    ['no reporter', ['--reporter', '=x.json'], 'UNKNOWN_ID', "there is no reporter called ''"],
    [
      'words that fit one by one and not together',
      ['--attack', 'expired', '--family', 'names', '--world', 'nothing'],
      'NOTHING_CHOSEN',
      '--attack expired, --family names, --world nothing',
    ],
  ])('%s', async (_, args, code, words) => {
    expect(await refusal(args)).toMatchObject({
      code,
      message: expect.stringContaining(words),
      hint: expect.any(String),
    })
  })

  test.each(['0/2', '3/2', '1', 'one/two', '1/0', '', '1/2/3', '-1/2'])('the shard %j', async (shard) => {
    expect(await refusal([`--shard=${shard}`])).toMatchObject({
      code: 'SHARD_INVALID',
      message: `'${shard}' is not a shard`,
    })
  })

  test.each([
    ['--jobs', '0'],
    ['--jobs', 'many'],
    ['--road', 'tunnel'],
    ['--nothing', 'x'],
  ])('%s %s', async (...args) => {
    expect(await refusal(args)).toMatchObject({ code: expect.stringMatching(/^commander\./), exitCode: 1 })
  })
})

describe('a baseline is read before the run, and named when it', () => {
  test.each([
    ['is cut off', '{"version":1,"stage":"embe', 'RUN_UNREADABLE'],
    ['is something else', '[]', 'RUN_UNREADABLE'],
    ['is empty', '', 'RUN_UNREADABLE'],
    ['is of another version', '{"version":99}', 'RUN_UNREADABLE'],
    ['lacks its results', '{"version":1,"stage":"embedded","road":"takeover"}', 'RUN_UNREADABLE'],
  ])('%s', async (_, text, code) => {
    const path = join(folder, 'before.json')
    await writeFile(path, text)
    expect(await refusal(['--baseline', path])).toMatchObject({ code, message: expect.stringContaining(path) })
  })

  test.each([['is not there'], ['is a folder']])('%s', async (what) => {
    const path = join(folder, 'before')
    if (what === 'is a folder') await mkdir(path)
    expect(await refusal(['--baseline', path])).toMatchObject({
      code: 'CANNOT_READ',
      message: expect.stringContaining(path),
    })
  })
})

describe('a report is refused before the run where', () => {
  test('a folder stands in its place', async () => {
    const path = join(folder, 'taken.xml')
    await mkdir(path)
    expect(await refusal(['--reporter', `junit=${path}`])).toMatchObject({
      code: 'CANNOT_WRITE',
      message: `cannot write ${path}: it is a folder`,
    })
  })

  test('a file stands in the place of its folder', async () => {
    await writeFile(join(folder, 'file'), '')
    const path = join(folder, 'file', 'battery.xml')
    expect(await refusal(['--reporter', `junit=${path}`])).toMatchObject({
      code: 'CANNOT_WRITE',
      message: expect.stringContaining(path),
    })
  })

  test('another goes to the same file, however it is spelt', async () => {
    await symlink(folder, join(folder, 'way'))
    const name = (path: string) => `junit=${folder}/${path}`
    for (const again of ['x.xml', './x.xml', 'way/../x.xml', 'way/x.xml']) {
      expect(await refusal(['--reporter', name('x.xml'), '--reporter', name(again)])).toMatchObject({
        code: 'REPORTERS_COLLIDE',
        message: expect.stringContaining('x.xml'),
      })
    }
  })
})

const SOUND_ATTACK = `{ title: 'It is.', family: 'trust', holds: 'nothing', stoppedBy: [], present: 'relay', references: [] }`

test('files of the catalogues that throw or lack a field are named, all of a catalogue together, and nothing runs', async () => {
  await using lab = await copiedLab({
    'mitm/attacks/zz-throws.ts': "throw new Error('smoke')",
    'mitm/attacks/zz-lacks.ts': `export default { ...${SOUND_ATTACK}, stoppedBy: undefined, title: 'No stop' }`,
    'mitm/attacks/zz-typo.ts': 'export default { title: "Half',
    'mitm/attacks/zz-bare.ts': 'export const title = "Nothing is the default."',
    'mitm/attacks/zz-imports.ts': "import './nowhere.ts'\nexport default {}",
  })
  const { code, stdout, stderr } = await lab.run('battery', '--reporter', 'json')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^CATALOGUE_BROKEN: the catalogue of attacks in \S+mitm\/attacks\/ cannot be used\n/)
  expect(stderr).toContain('zz-throws.ts: smoke\n')
  expect(stderr).toContain('zz-lacks.ts: title is not a sentence that ends in a full stop\n')
  expect(stderr).toMatch(/zz-lacks\.ts: stoppedBy is not a list of /)
  expect(stderr).toContain('zz-bare.ts: it has no default export that is an attack\n')
  expect(stderr).toMatch(/ {2}zz-typo\.ts: .+\n/)
  expect(stderr).toMatch(/ {2}zz-imports\.ts: .*nowhere\.ts.*\n/)
  expect(stderr).not.toMatch(/^ {4}at /m)
}, 30_000)

test('so are those of clients and of reporters', async () => {
  await using lab = await copiedLab({
    'services/client/clients/zz-lacks.ts': "export default { title: 'It is.', deployment: 'ca-signed', checks: [] }",
  })
  const first = await lab.run('battery', '--list')
  expect(first.code).toBe(2)
  expect(first.stderr).toContain('zz-lacks.ts: open is not a function\n')
  await rm(join(lab.folder, 'services/client/clients/zz-lacks.ts'))
  await writeFile(join(lab.folder, 'services/lab/reporters/zz-lacks.ts'), 'export default { render: () => "" }')
  const second = await lab.run('battery', '--client', 'unpinned', '--attack', 'none')
  expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 2, stdout: '' })
  expect(second.stderr).toContain('zz-lacks.ts: title is missing\n')
}, 30_000)
