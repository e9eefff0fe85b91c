import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { keyMatches, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { generatedFiles, PAIR_FILES } from '#certs/layout.ts'
import { createMaterial, credentialsOf } from '#certs/material.ts'
import { PAIRS } from '#certs/pieces.ts'
import { generate, renewGenerated, type Workshop } from '#certs/workshop.ts'
import { daysLater, emptyWorkshop, modeTest, NOW } from './bench.ts'

const SECRETS = /(key\.pem|-token|-secret)$/

async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.map(async (file) => [
    file.slice(folder.length + 1).replaceAll('\\', '/'),
    await readFile(file, 'utf8'),
  ])
  return Object.fromEntries(await Promise.all(read))
}

const at = ({ folder }: Workshop, path: string) => join(folder, path)

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

describe('what is half there is completed', () => {
  test.each(PAIRS)('%s without its certificate is issued again with its key', async (name) => {
    await using workshop = await emptyWorkshop()
    const before = await generate(workshop)
    await rm(at(workshop, PAIR_FILES[name].chain))
    const after = await generate(workshop)
    expect(after.pieces[name]).toMatchObject({ did: 'renewed', why: 'its certificate was missing; the key was kept' })
    expect(credentialsOf(after.material, name).key).toBe(credentialsOf(before.material, name).key)
    expect(after.material.shipped.pins).toEqual(before.material.shipped.pins)
    expect((await generate(workshop)).changed).toEqual([])
  })

  test.each(PAIRS)('%s without its key is made anew, and everything fits again', async (name) => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await rm(at(workshop, PAIR_FILES[name].key))
    const after = await generate(workshop)
    expect(after.pieces[name]).toMatchObject({ did: 'renewed', why: 'its key was missing; it has a new key' })
    expect(PAIRS.filter((one) => !keyMatches(credentialsOf(after.material, one)))).toEqual([])
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('a lost root signs everything again, and every pin of the proxy stays', async () => {
    await using workshop = await emptyWorkshop()
    const before = await generate(workshop)
    await rm(at(workshop, 'authority'), { recursive: true })
    const after = await generate(workshop)
    expect(after.pieces.proxyCaSigned).toMatchObject({
      did: 'renewed',
      why: 'its authority has changed; the key was kept',
    })
    expect(pinOfCertificate(after.material.proxyCaSigned.chain)).toBe(
      pinOfCertificate(before.material.proxyCaSigned.chain),
    )
  })

  test('a deleted client gets what the proxy has now', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const before = await contents(workshop.folder)
    await rm(at(workshop, 'client'), { recursive: true })
    await generate(workshop)
    expect(await contents(workshop.folder)).toEqual(before)
  })

  test.each([
    ['an empty key', 'proxy/key.pem', '', 'its key was missing; it has a new key'],
    ['a key that is no key', 'proxy/key.pem', 'rubbish', 'its key could not be read; it has a new key'],
    [
      'a certificate cut short',
      'proxy/cert.pem',
      '-----BEGIN CERTIFICATE-----\nMIIB',
      'its certificate could not be read; the key was kept',
    ],
  ])('%s', async (_, path, text, why) => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await writeFile(at(workshop, path), text)
    expect((await generate(workshop)).pieces.proxySelfSigned).toMatchObject({ did: 'renewed', why })
  })

  test('a key and a certificate of two different pairs', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await writeFile(at(workshop, 'proxy/cert.pem'), await readFile(at(workshop, 'proxy/api-cert.pem')))
    expect((await generate(workshop)).pieces.proxySelfSigned.why).toBe(
      'key and certificate did not belong together; the key was kept',
    )
  })

  test('folders that are there and empty are filled, as volumes are', async () => {
    await using workshop = await emptyWorkshop()
    for (const party of ['authority', 'proxy', 'client', 'attacker'])
      await mkdir(at(workshop, party), { recursive: true })
    await generate(workshop)
    expect((await generate(workshop)).changed).toEqual([])
  })
})

test('what has expired is renewed with the key it has, so that pins go on matching', async () => {
  await using workshop = await emptyWorkshop({ days: 30 })
  const before = await generate(workshop)
  const after = await generate({ ...workshop, now: () => daysLater(31) })
  expect(after.pieces.proxyCaSigned).toMatchObject({
    did: 'renewed',
    why: 'it expired on 2026-07-15; the key was kept',
  })
  expect(after.pieces.root.did).toBe('kept')
  expect(after.material.shipped.pins).toEqual(before.material.shipped.pins)
})

test('a name that is asked for later is added, and stays when it is not asked for again', async () => {
  await using workshop = await emptyWorkshop()
  const before = await generate(workshop)
  const after = await generate({ ...workshop, extraNames: ['192.168.1.20'] })
  expect(namesOf(after.material.proxySelfSigned.chain)).toContain('192.168.1.20')
  expect(after.material.proxySelfSigned.key).toBe(before.material.proxySelfSigned.key)
  expect((await generate(workshop)).changed).toEqual([])
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

describe('renewing on disk', () => {
  test('a watcher finds key and certificate together, but for an instant between two renames', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const seen = { whole: 0, mismatched: 0 }
    let renewing = true
    const watching = (async () => {
      while (renewing) {
        const [key, chain] = await Promise.all(
          ['proxy/key.pem', 'proxy/cert.pem'].map((path) => readFile(at(workshop, path), 'utf8')),
        )
        seen[keyMatches({ key: key ?? '', chain: chain ?? '' }) ? 'whole' : 'mismatched'] += 1
      }
    })()
    for (let round = 0; round < 10; round += 1) {
      await renewGenerated(workshop, { deployments: ['self-signed'], key: 'new' })
    }
    renewing = false
    await watching
    expect(seen.whole).toBeGreaterThan(seen.mismatched)
    expect(seen.mismatched).toBeLessThanOrEqual(20)
  })

  test('ships the new certificate and pins', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const { material } = await renewGenerated(workshop, { deployments: ['self-signed', 'ca-signed'], key: 'backup' })
    const files = await contents(workshop.folder)
    expect(files['client/cert.pem']).toBe(material.proxySelfSigned.chain)
    expect(JSON.parse(files['client/pins.json'] ?? '')).toEqual(material.shipped.pins)
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('can leave the shipped app as it is, until the next one is built', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const before = await contents(workshop.folder)
    await renewGenerated(workshop, { deployments: ['self-signed', 'ca-signed'], key: 'new', keepClient: true })
    const after = await contents(workshop.folder)
    expect(after['proxy/cert.pem']).not.toBe(before['proxy/cert.pem'])
    expect(after['client/cert.pem']).toBe(before['client/cert.pem'])
    expect(after['client/pins.json']).toBe(before['client/pins.json'])
    expect((await generate(workshop)).changed).toContain('client/pins.json')
  })
})
