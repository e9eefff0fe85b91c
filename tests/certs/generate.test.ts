import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { keyMatches, pinOfCertificate } from '#certs/credentials.ts'
import { generatedFiles } from '#certs/layout.ts'
import { createMaterial, credentialsOf } from '#certs/material.ts'
import { PAIRS } from '#certs/pieces.ts'
import { generate } from '#certs/workshop.ts'
import { at, contents, emptyWorkshop, modeTest, NOW } from './bench.ts'

const SECRETS = /(key\.pem|-token|-secret)$/

test('generates every file of the layout, and no other', async () => {
  await using workshop = await emptyWorkshop()
  const { changed } = await generate(workshop)
  const planned = generatedFiles(await createMaterial({ now: NOW })).map(({ path }) => path)
  expect([...changed].sort()).toEqual([...planned].sort())
  expect(Object.keys(await contents(workshop.folder)).sort()).toEqual([...planned].sort())
})

test("the article's pair is where proxy and client expect it, with the pins beside it", async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  const files = await contents(workshop.folder)
  expect(files['client/cert.pem']).toBe(files['proxy/cert.pem'])
  expect(keyMatches({ key: files['proxy/key.pem'] ?? '', chain: files['proxy/cert.pem'] ?? '' })).toBe(true)
  expect(JSON.parse(files['client/pins.json'] ?? '')).toEqual([
    {
      host: 'api.lab.test',
      pins: [pinOfCertificate(files['proxy/api-cert.pem'] ?? ''), expect.stringMatching(/^sha256\//)],
      authorities: ['intermediate', 'root'].map((name) => pinOfCertificate(files[`authority/${name}.pem`] ?? '')),
    },
  ])
})

test('no private key of another party is in the folder of the attacker or of the client', async () => {
  await using workshop = await emptyWorkshop()
  const { material } = await generate(workshop)
  const files = Object.entries(await contents(workshop.folder))
  const reachable = files.filter(([path]) => /^(attacker|client)\//.test(path)).map(([, text]) => text)
  const guarded = [
    material.root,
    material.intermediate,
    material.proxySelfSigned,
    material.proxyCaSigned,
    material.nasa,
  ]
  expect(guarded.filter(({ key }) => reachable.some((text) => text.includes(key.trim())))).toEqual([])
  expect(reachable.filter((text) => text.includes(material.attestationSecret))).toEqual([])
})

modeTest('folders are for their owner alone, and so are keys, secrets and tokens', async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  const modes = async (paths: string[]) => Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777))
  const folders = (await readdir(workshop.folder)).map((party) => at(workshop, party))
  expect(new Set(await modes([workshop.folder, ...folders]))).toEqual(new Set([0o700]))
  const secrets = Object.keys(await contents(workshop.folder)).filter((path) => SECRETS.test(path))
  expect(secrets.length).toBeGreaterThan(15)
  expect(new Set(await modes(secrets.map((path) => at(workshop, path))))).toEqual(new Set([0o600]))
})

modeTest('a key that others may read is closed again', async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  await chmod(at(workshop, 'proxy/key.pem'), 0o644)
  await chmod(at(workshop, 'proxy'), 0o755)
  const { changed } = await generate(workshop)
  expect(changed).toEqual(['proxy/key.pem'])
  expect((await stat(at(workshop, 'proxy/key.pem'))).mode & 0o777).toBe(0o600)
  expect((await stat(at(workshop, 'proxy'))).mode & 0o777).toBe(0o700)
})

test('a second run changes nothing', async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  const before = await contents(workshop.folder)
  const { changed, pieces } = await generate(workshop)
  expect(changed).toEqual([])
  expect(Object.values(pieces).map(({ did }) => did)).toEqual(PAIRS.map(() => 'kept'))
  expect(await contents(workshop.folder)).toEqual(before)
})

test('fresh makes everything anew', async () => {
  await using workshop = await emptyWorkshop()
  const before = await generate(workshop)
  const after = await generate(workshop, { fresh: true })
  const same = PAIRS.filter(
    (name) => credentialsOf(after.material, name).key === credentialsOf(before.material, name).key,
  )
  expect(same).toEqual([])
})

test('generations at the same time end with one world in which everything fits', async () => {
  await using workshop = await emptyWorkshop()
  const outcomes = await Promise.all([generate(workshop), generate(workshop), generate(workshop)])
  expect(outcomes.filter(({ changed }) => changed.length > 0)).toHaveLength(1)
  const { pieces, changed } = await generate(workshop)
  expect([changed, Object.values(pieces).filter(({ did }) => did !== 'kept')]).toEqual([[], []])
})

test('a lock that a killed command left behind is taken over, and so are its temporary files', async () => {
  let waited = 0
  await using workshop = await emptyWorkshop({ onWait: () => (waited += 1) })
  await mkdir(at(workshop, 'authority'), { recursive: true })
  await writeFile(at(workshop, 'authority/.lock'), 'somebody 7')
  await writeFile(at(workshop, 'authority/root-key.pem.0123456789ab.tmp'), 'half a key')
  await utimes(at(workshop, 'authority/.lock'), 1, 1)
  await generate(workshop)
  expect(waited).toBe(1)
  expect((await readdir(at(workshop, 'authority'))).filter((name) => /lock|tmp/.test(name))).toEqual([])
}, 20_000)

test('a folder that cannot be made is named, and nothing is written', async () => {
  await using workshop = await emptyWorkshop()
  await writeFile(workshop.folder, 'a file in the way')
  await expect(generate(workshop)).rejects.toMatchObject({
    code: 'CANNOT_WRITE',
    message: expect.stringContaining(workshop.folder),
  })
  expect(await readdir(workshop.path)).toEqual(['generated'])
})

test('a file that may not be replaced leaves all others as they were, and no temporary file', async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  const before = await contents(workshop.folder)
  await rm(at(workshop, 'lab/pins.json'))
  await mkdir(at(workshop, 'lab/pins.json/in-the-way'), { recursive: true })
  await expect(generate(workshop)).rejects.toMatchObject({ code: 'CANNOT_READ' })
  await rm(at(workshop, 'lab/pins.json'), { recursive: true })
  expect(await contents(workshop.folder)).toEqual(
    Object.fromEntries(Object.entries(before).filter(([path]) => path !== 'lab/pins.json')),
  )
})

test('a command that was interrupted before it wrote leaves neither a file nor a lock', async () => {
  const interrupted = AbortSignal.abort(new Error('interrupted by SIGINT'))
  await using workshop = await emptyWorkshop({ signal: interrupted })
  await expect(generate(workshop)).rejects.toThrow('interrupted by SIGINT')
  expect(await contents(workshop.folder)).toEqual({})
})
