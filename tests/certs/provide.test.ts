import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting, makeCertificate } from '#certs/certificate.ts'
import { type Credentials, certificatesOf, keyMatches, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { newKey, pinOfKey } from '#certs/key.ts'
import { cautions, providedAuthority, providedPair } from '#certs/provided.ts'
import { generate, provideGenerated } from '#certs/workshop.ts'
import { daysLater, emptyWorkshop, files, NOW, openssl, opensslTest, refusal } from './bench.ts'

const validity = lasting(NOW, 90)
const names = ['localhost', '127.0.0.1']

const take = (pair: Credentials, now = NOW) => providedPair(files(pair.key, pair.chain), now)

describe('a pair that openssl wrote', () => {
  const kinds: [string, string[], RegExp][] = [
    ["the article's own command", ['-newkey', 'rsa:4096'], /BEGIN PRIVATE KEY/],
    ['EC', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], /BEGIN PRIVATE KEY/],
    ['EC on another curve', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1'], /BEGIN PRIVATE KEY/],
    ['Ed25519', ['-newkey', 'ed25519'], /BEGIN PRIVATE KEY/],
  ]
  for (const [title, options, form] of kinds) {
    opensslTest(
      `is taken in: ${title}`,
      async () => {
        await using workshop = await emptyWorkshop({ now: () => new Date() })
        const [key, cert] = [join(workshop.path, 'key.pem'), join(workshop.path, 'cert.pem')]
        openssl(
          'req',
          '-x509',
          ...options,
          '-keyout',
          key,
          '-out',
          cert,
          '-nodes',
          '-days',
          '365',
          '-subj',
          '/CN=localhost',
        )
        expect(await readFile(key, 'utf8')).toMatch(form)
        const read = {
          key: { path: key, bytes: await readFile(key) },
          certificate: { path: cert, bytes: await readFile(cert) },
        }
        const pair = providedPair(read, new Date())
        await provideGenerated(workshop, { pair, deployment: 'self-signed' })
        const placed = await readFile(join(workshop.folder, 'proxy/cert.pem'), 'utf8')
        expect(placed).toBe(await readFile(cert, 'utf8'))
        expect(await readFile(join(workshop.folder, 'client/cert.pem'), 'utf8')).toBe(placed)
        expect(keyMatches({ key: await readFile(join(workshop.folder, 'proxy/key.pem'), 'utf8'), chain: placed })).toBe(
          true,
        )
      },
      60_000,
    )
  }

  const forms: [string, string[], string[], RegExp][] = [
    ['PKCS#1', ['-newkey', 'rsa:2048'], ['rsa', '-traditional'], /BEGIN RSA PRIVATE KEY/],
    ['SEC1', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], ['ec'], /BEGIN EC PRIVATE KEY/],
  ]
  for (const [title, options, convert, form] of forms) {
    opensslTest(
      `is taken in with its key as ${title}`,
      async () => {
        await using workshop = await emptyWorkshop()
        const [key, cert, other] = [
          join(workshop.path, 'key.pem'),
          join(workshop.path, 'cert.pem'),
          join(workshop.path, 'other.pem'),
        ]
        openssl(
          'req',
          '-x509',
          ...options,
          '-keyout',
          key,
          '-out',
          cert,
          '-nodes',
          '-days',
          '365',
          '-subj',
          '/CN=localhost',
        )
        openssl(convert[0] ?? '', '-in', key, ...convert.slice(1), '-out', other)
        const text = await readFile(other, 'utf8')
        expect(text).toMatch(form)
        const pair = providedPair(files(text, await readFile(cert)), new Date())
        expect(pair.key).toContain('BEGIN PRIVATE KEY')
        expect(keyMatches(pair)).toBe(true)
      },
      60_000,
    )
  }

  const ciphers: [string, string[]][] = [
    ['PKCS#8', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc']],
    ['PKCS#1', ['rsa', '-traditional', '-aes256']],
  ]
  for (const [title, command] of ciphers) {
    opensslTest(
      `is taken in with an encrypted ${title} key and its passphrase, and refused without or with another`,
      async () => {
        await using workshop = await emptyWorkshop()
        const [key, cert, locked] = [
          join(workshop.path, 'key.pem'),
          join(workshop.path, 'cert.pem'),
          join(workshop.path, 'locked.pem'),
        ]
        openssl(
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-keyout',
          key,
          '-out',
          cert,
          '-nodes',
          '-days',
          '9',
          '-subj',
          '/CN=localhost',
        )
        openssl(command[0] ?? '', ...command.slice(1), '-in', key, '-out', locked, '-passout', 'pass:open sesame')
        const given = files(await readFile(locked), await readFile(cert))
        expect(keyMatches(providedPair({ ...given, passphrase: 'open sesame' }, new Date()))).toBe(true)
        expect(refusal(() => providedPair(given, new Date())).code).toBe('PROVIDED_ENCRYPTED')
        expect(refusal(() => providedPair({ ...given, passphrase: 'no' }, new Date())).code).toBe('PROVIDED_PASSPHRASE')
      },
      60_000,
    )
  }
})

describe('a chain file', () => {
  test('is taken in whole', async () => {
    const authority = await createAuthority({ name: 'Mine', validity: lasting(NOW, 900) })
    const intermediate = await createAuthority({ name: 'Between', validity: lasting(NOW, 900), signedBy: authority })
    const pair = await issue({ names, validity, signedBy: intermediate })
    expect(certificatesOf(take(pair).chain)).toEqual(certificatesOf(pair.chain))
  })

  test.each(['root first', 'shuffled'])('%s is put in the order in which a server sends it', async (order) => {
    const authority = await createAuthority({ name: 'Mine', validity })
    const between = await createAuthority({ name: 'Between', validity, signedBy: authority })
    const pair = await issue({ names, validity, signedBy: between })
    const asSent = [...certificatesOf(pair.chain), ...certificatesOf(authority.chain)]
    const mixed = order === 'shuffled' ? [asSent[2], asSent[0], asSent[1]] : asSent.toReversed()
    expect(certificatesOf(providedPair(files(pair.key, mixed.join('')), NOW).chain)).toEqual(asSent)
  })
})

test('text around the blocks, Windows line ends and a byte order mark do no harm', async () => {
  const pair = await issue({ names, validity })
  const dressed = `\uFEFFBag Attributes\n  friendlyName: mine\n${pair.chain}`.replaceAll('\n', '\r\n')
  expect(keyMatches(providedPair(files(pair.key.replaceAll('\n', '\r\n'), dressed), NOW))).toBe(true)
})

describe('a provided pair in its place', () => {
  test('is kept by the next generation, also when it has expired, which is then said', async () => {
    await using workshop = await emptyWorkshop()
    const pair = take(await issue({ names, validity: lasting(NOW, 10) }))
    await provideGenerated(workshop, { pair, deployment: 'self-signed' })
    expect((await generate(workshop)).changed).toEqual([])
    const later = await generate({ ...workshop, now: () => daysLater(11) })
    expect(later.pieces.proxySelfSigned).toMatchObject({ did: 'kept', why: expect.stringContaining('it was provided') })
    expect(later.material.proxySelfSigned).toEqual(pair)
  })

  test('for the CA-signed deployment needs its authority, which the device then trusts', async () => {
    await using workshop = await emptyWorkshop()
    const root = await createAuthority({ name: 'Mine', validity })
    const pair = take(await issue({ names: ['api.lab.test'], validity, signedBy: root }))
    await expect(provideGenerated(workshop, { pair, deployment: 'ca-signed' })).rejects.toMatchObject({
      code: 'PROVIDED_UNTRUSTED',
    })
    const authority = providedAuthority({ path: 'root.pem', bytes: Buffer.from(root.chain) }, NOW)
    const { material } = await provideGenerated(workshop, { pair, deployment: 'ca-signed', authority })
    expect(material.shipped.pins[0]?.pins[0]).toBe(pinOfCertificate(pair.chain))
    const trusted = await readFile(join(workshop.folder, 'client/device-authorities.pem'), 'utf8')
    expect(certificatesOf(trusted).map((pem) => new X509Certificate(pem).subject)).toContain('CN=Mine')
    expect((await generate(workshop)).changed).toEqual([])
    await generate(workshop, { fresh: true })
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('is not trusted for an intermediate that has nothing to do with it', async () => {
    await using workshop = await emptyWorkshop()
    const { material } = await generate(workshop)
    const stranger = await createAuthority({ name: 'Stranger', validity })
    const { key, chain } = await issue({ names: ['api.lab.test'], validity, signedBy: stranger })
    const pair = { key, chain: chain + material.intermediate.chain }
    await expect(provideGenerated(workshop, { pair, deployment: 'ca-signed' })).rejects.toMatchObject({
      code: 'PROVIDED_UNTRUSTED',
    })
  })

  test('that uses the backup key makes a new backup', async () => {
    await using workshop = await emptyWorkshop()
    const { material } = await generate(workshop)
    const key = material.backupKeys.caSigned
    const pair = await issue({ names: ['api.lab.test'], validity, key, signedBy: material.intermediate })
    const after = (await provideGenerated(workshop, { pair, deployment: 'ca-signed' })).material
    expect(after.shipped.pins[0]?.pins).toEqual([pinOfKey(key), pinOfKey(after.backupKeys.caSigned)])
    expect(new Set(after.shipped.pins[0]?.pins).size).toBe(2)
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('for the CA-signed deployment must name the host that the clients call', async () => {
    await using workshop = await emptyWorkshop()
    const { material } = await generate(workshop)
    const pair = await issue({ names: ['other.test'], validity, signedBy: material.intermediate })
    await expect(provideGenerated(workshop, { pair, deployment: 'ca-signed' })).rejects.toMatchObject({
      code: 'PROVIDED_WRONG_NAME',
      message: expect.stringContaining('api.lab.test'),
    })
  })
})

test('a common name without alternative names is taken in with a word of caution', async () => {
  const key = await newKey()
  const chain = makeCertificate({ role: 'leaf', subject: { name: 'localhost' }, validity, key })
  const pair = take({ key, chain })
  expect(namesOf(pair.chain)).toEqual(['localhost'])
  expect(cautions(pair.chain, 'self-signed').join()).toContain('only as its common name')
  expect(cautions((await issue({ names, validity })).chain, 'self-signed')).toEqual([])
})
