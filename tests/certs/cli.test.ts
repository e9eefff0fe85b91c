import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { pinOfCertificate } from '#certs/credentials.ts'
import { emptyWorkshop, NOW, run } from './bench.ts'

describe('generate', () => {
  test('prints each pair with its file, how long it lasts, and its pin', async () => {
    await using workshop = await emptyWorkshop()
    const { stdout, stderr } = await run(workshop.folder, ['generate'])
    const chain = await readFile(join(workshop.folder, 'proxy/cert.pem'), 'utf8')
    expect(stdout).toMatch(/proxy, self-signed +proxy\/cert\.pem +365 days, until 2027-06-15/)
    expect(stdout).toContain(pinOfCertificate(chain))
    expect(stdout).toContain('localhost, proxy.lab.test, 127.0.0.1, ::1, 10.0.2.2')
    expect(stdout.match(/sha256\/[A-Za-z0-9+/]{43}=/g)).toHaveLength(10)
    expect(stderr).toMatch(/^made: proxy, self-signed; /m)
  })

  test('says on the second run that there was nothing to do', async () => {
    await using workshop = await emptyWorkshop()
    const first = await run(workshop.folder, ['generate'])
    const second = await run(workshop.folder, ['generate'])
    expect(second.stderr).toBe('nothing to write: everything is there and valid\n')
    expect(second.stdout).toBe(first.stdout)
  })

  test('says what it mended, and why', async () => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    await writeFile(join(workshop.folder, 'proxy/key.pem'), '')
    const { stderr } = await run(workshop.folder, ['generate'])
    expect(stderr).toContain('renewed: proxy, self-signed: its key was missing; it has a new key')
    expect(stderr).toContain('npm run register')
  })

  test('says that days and key type count for new material only', async () => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    expect((await run(workshop.folder, ['generate', '--days', '9'])).stderr).toContain('--fresh')
    const { stdout } = await run(workshop.folder, ['generate', '--fresh', '--days', '9'])
    expect(stdout).toMatch(/proxy\/cert\.pem +9 days, until 2026-06-24/)
  })

  test('--json prints one JSON document and no private key', async () => {
    await using workshop = await emptyWorkshop()
    const { stdout } = await run(workshop.folder, ['generate', '--json'])
    const summary = JSON.parse(stdout)
    expect(summary.pairs[0]).toMatchObject({
      name: 'proxySelfSigned',
      did: 'made',
      daysLeft: 365,
      until: '2027-06-15T12:00:00.000Z',
    })
    expect(summary.pins[0].pins[0]).toBe(summary.pairs[1].pin)
    expect(summary.changed).toContain('client/pins.json')
    expect(stdout).not.toContain('PRIVATE')
  })

  test('takes further names from the command line and from the settings', async () => {
    await using workshop = await emptyWorkshop()
    const { stdout } = await run(workshop.folder, ['generate', '--name', 'one.test', '10.1.1.1'], {
      env: { CERTS_EXTRA_NAMES: 'two.test, 10.2.2.2' },
    })
    expect(stdout).toContain('10.0.2.2, two.test, 10.2.2.2, one.test, 10.1.1.1')
  })
})

describe('colour', () => {
  const ESCAPE = '\u001B['
  test.each([
    ['on a terminal', { isTTY: true }, true],
    ['not on a terminal with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['not on a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, false],
    ['not in a pipe', {}, false],
  ])('%s', async (_, more, coloured) => {
    await using workshop = await emptyWorkshop()
    expect((await run(workshop.folder, ['generate'], more)).stdout.includes(ESCAPE)).toBe(coloured)
  })
})

describe('renew', () => {
  test.each([
    ['--same-key', /pins are the same as before: .* without an update/],
    ['--backup-key', /only if they hold its pin; a new backup key was made/],
    ['--new-key', /apps already out there that pin the key refuse/],
  ])('%s says what it means for apps already out there', async (flag, words) => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    const { stderr, error } = await run(workshop.folder, ['renew', flag])
    expect(error).toBeUndefined()
    expect(stderr).toMatch(/renewed: proxy, self-signed; proxy, signed by the lab/)
    expect(stderr).toMatch(words)
  })

  test('of one deployment leaves the other', async () => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    const before = await readFile(join(workshop.folder, 'proxy/cert.pem'), 'utf8')
    const { stderr } = await run(workshop.folder, ['renew', '--new-key', '--deployment', 'ca-signed'])
    expect(stderr).toContain('renewed: proxy, signed by the lab\n')
    expect(await readFile(join(workshop.folder, 'proxy/cert.pem'), 'utf8')).toBe(before)
  })

  test('needs to know how, and refuses two ways at once', async () => {
    await using workshop = await emptyWorkshop()
    expect((await run(workshop.folder, ['renew'])).error).toMatchObject({ code: 'RENEW_HOW' })
    const { error, stderr } = await run(workshop.folder, ['renew', '--same-key', '--new-key'])
    expect(error).toMatchObject({ code: 'commander.conflictingOption' })
    expect(stderr).toMatch(/--same-key.*--new-key|--new-key.*--same-key/)
  })
})

describe('provide', () => {
  test('takes a pair in by one command and prints its pin', async () => {
    await using workshop = await emptyWorkshop()
    const { key, chain } = await issue({ names: ['localhost'], validity: lasting(NOW, 20) })
    const [keyFile, certFile] = [join(workshop.path, 'k.pem'), join(workshop.path, 'c.pem')]
    await Promise.all([writeFile(keyFile, key), writeFile(certFile, chain)])
    const { stdout, stderr, error } = await run(workshop.folder, ['provide', keyFile, certFile])
    expect(error).toBeUndefined()
    expect(stdout).toContain(pinOfCertificate(chain))
    expect(stdout).toMatch(/proxy\/cert\.pem +20 days/)
    expect(stderr).toContain('provided: proxy, self-signed')
    expect((await run(workshop.folder, ['provide', keyFile, certFile])).stderr).toContain('nothing to write')
  })

  test('refuses before it writes anything', async () => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    const before = await readFile(join(workshop.folder, 'proxy/key.pem'), 'utf8')
    const empty = join(workshop.path, 'empty.pem')
    await writeFile(empty, '')
    expect((await run(workshop.folder, ['provide', empty, empty])).error).toMatchObject({ code: 'PROVIDED_EMPTY' })
    const missing = await run(workshop.folder, ['provide', join(workshop.path, 'none.pem'), empty])
    expect(missing.error).toMatchObject({
      code: 'CANNOT_READ',
      message: expect.stringContaining('there is no such file'),
    })
    const folder = await run(workshop.folder, ['provide', workshop.path, empty])
    expect(folder.error).toMatchObject({ code: 'CANNOT_READ', message: expect.stringContaining('it is a folder') })
    expect(await readFile(join(workshop.folder, 'proxy/key.pem'), 'utf8')).toBe(before)
  })

  test('refuses a file that is larger than any key', async () => {
    await using workshop = await emptyWorkshop()
    const large = join(workshop.path, 'large.iso')
    await writeFile(large, Buffer.alloc(2_000_000))
    expect((await run(workshop.folder, ['provide', large, large])).error).toMatchObject({
      code: 'PROVIDED_NOT_PEM',
      message: expect.stringContaining('larger than 1 MB'),
    })
  })
})

describe('show', () => {
  test('prints what generate printed, and writes nothing', async () => {
    await using workshop = await emptyWorkshop()
    const generated = await run(workshop.folder, ['generate'])
    expect((await run(workshop.folder, ['show'])).stdout).toBe(generated.stdout)
    expect(JSON.parse((await run(workshop.folder, ['show', '--json'])).stdout).changed).toEqual([])
  })

  test('of an empty folder says what to type', async () => {
    await using workshop = await emptyWorkshop()
    expect((await run(workshop.folder, ['show'])).error).toMatchObject({
      code: 'NOTHING_GENERATED',
      hint: 'npm run certs',
    })
    await expect(readFile(workshop.folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('says which pair is not usable any more, without a pin that nobody has', async () => {
    await using workshop = await emptyWorkshop()
    await run(workshop.folder, ['generate'])
    await writeFile(join(workshop.folder, 'proxy/key.pem'), '')
    const { stdout, stderr } = await run(workshop.folder, ['show'])
    expect(stderr).toContain('proxy, self-signed: its key was missing')
    expect(stdout).not.toMatch(/proxy, self-signed +proxy\/cert\.pem +365 days/)
  })
})

test('show says when the shipped app has been left behind', async () => {
  await using workshop = await emptyWorkshop()
  await run(workshop.folder, ['generate'])
  expect((await run(workshop.folder, ['show'])).stderr).toBe('')
  const { stderr } = await run(workshop.folder, ['renew', '--new-key', '--keep-client'])
  expect(stderr).toContain('the app was left as it was shipped')
  expect((await run(workshop.folder, ['show'])).stderr).toContain('the shipped app holds another certificate')
})

describe('bad input', () => {
  test.each([
    [['genrate'], 'commander.unknownCommand', 'Did you mean generate?'],
    [['generate', '--dayz', '3'], 'commander.unknownOption', 'Did you mean --days?'],
    [['generate', '--days', '0'], 'commander.invalidArgument', 'from 1 to 3650'],
    [['generate', '--key-type', 'dsa'], 'commander.invalidArgument', 'ec-p256'],
    [['generate', '--name', 'a b'], 'commander.invalidArgument', 'neither a host name nor an IP address'],
    [['provide', 'key.pem'], 'commander.missingArgument', 'certificate'],
  ])('%j', async (args, code, words) => {
    await using workshop = await emptyWorkshop()
    const { error, stderr } = await run(workshop.folder, args)
    expect(error).toMatchObject({ code })
    expect(stderr).toContain(words)
    await expect(readFile(workshop.folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('all wrong settings are named together', async () => {
    await using workshop = await emptyWorkshop()
    const env = { CERTS_DAYS: 'many', CERTS_KEY_TYPE: 'dsa', CERTS_EXTRA_NAMES: 'a b', CERTS_FOLDR: 'x' }
    const { error } = await run(workshop.folder, ['generate'], { env })
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID', details: expect.any(Array) })
    expect((error as { details: string[] }).details.map((line) => line.split(' ')[0]).sort()).toEqual(
      Object.keys(env).sort(),
    )
  })
})

test('a folder in which nobody can write ends with one sentence and exit code 2', async () => {
  await using workshop = await emptyWorkshop()
  await mkdir(workshop.folder)
  const taken = join(workshop.folder, 'taken')
  await writeFile(taken, '')
  const main = fileURLToPath(new URL('../../certs/main.ts', import.meta.url))
  const ended = spawnSync(process.execPath, [main], { env: { ...process.env, CERTS_FOLDER: taken }, encoding: 'utf8' })
  expect(ended.status).toBe(2)
  expect(ended.stdout).toBe('')
  expect(ended.stderr).toMatch(/^CANNOT_WRITE: cannot write in .*taken.*\n {2}hint: .*\n$/)
})
