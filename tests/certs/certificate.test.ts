import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { certificatesOf, keyMatches, leafOf, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { KEY_TYPES, keyTypeOf, newKey, pinOfKey } from '#certs/key.ts'
import { createMaterial } from '#certs/material.ts'
import { daysLater, emptyWorkshop, NOW, openssl, opensslTest } from './bench.ts'

const validity = lasting(NOW, 365)

describe('a self-signed certificate', () => {
  test('names hosts and addresses, each as what it is', async () => {
    const { chain } = await issue({ names: ['localhost', '127.0.0.1', '::1', '*.lab.test'], validity })
    const certificate = new X509Certificate(chain)
    expect(certificate.subjectAltName).toContain('DNS:localhost, IP Address:127.0.0.1')
    expect(certificate.checkIP('::1')).toBe('::1')
    expect(namesOf(chain)).toEqual(['localhost', '127.0.0.1', '::1', '*.lab.test'])
  })

  test('is no authority', async () => {
    const { chain } = await issue({ names: ['localhost'], validity })
    expect(new X509Certificate(chain).ca).toBe(false)
  })

  test('began an hour ago and lasts for the days asked for, in whole seconds', async () => {
    const { chain } = await issue({ names: ['localhost'], validity: lasting(new Date(NOW.getTime() + 750), 30) })
    const { validFromDate, validToDate } = new X509Certificate(chain)
    expect(validFromDate).toEqual(new Date(NOW.getTime() - 3_600_000))
    expect(validToDate).toEqual(daysLater(30))
  })

  test('that ends beyond 2049 still has a date that can be read', async () => {
    const { chain } = await issue({
      names: ['localhost'],
      validity: { from: NOW, until: new Date('2055-01-02T03:04:05Z') },
    })
    expect(new X509Certificate(chain).validToDate).toEqual(new Date('2055-01-02T03:04:05Z'))
  })

  test('made for an expired world ends before it began to be looked at, and begins before it ends', async () => {
    const { chain } = await issue({ names: ['localhost'], validity: lasting(NOW, -3) })
    const { validFromDate, validToDate } = new X509Certificate(chain)
    expect(validToDate).toEqual(daysLater(-3))
    expect(validFromDate < validToDate).toBe(true)
  })
})

test('serial numbers are random, positive and at most 20 bytes long', async () => {
  const key = await newKey()
  const made = await Promise.all(Array.from({ length: 50 }, () => issue({ names: ['a.test'], validity, key })))
  const serials = made.map(({ chain }) => new X509Certificate(chain).serialNumber)
  expect(new Set(serials).size).toBe(50)
  expect(serials.filter((serial) => !/^[4-7][0-9A-F]{31}$/.test(serial))).toEqual([])
})

test('a leaf carries its intermediate, and not the root', async () => {
  const root = await createAuthority({ name: 'Root', validity })
  const intermediate = await createAuthority({ name: 'Intermediate', validity, signedBy: root })
  const leaf = await issue({ names: ['a.test'], validity, signedBy: intermediate })
  const [own, issuer, ...more] = certificatesOf(leaf.chain).map((pem) => new X509Certificate(pem))
  expect(more).toEqual([])
  expect(issuer?.toString()).toBe(new X509Certificate(intermediate.chain).toString())
  expect(issuer && own?.checkIssued(issuer) && own.verify(issuer.publicKey)).toBe(true)
  expect([issuer?.ca, own?.ca]).toEqual([true, false])
})

describe.each(KEY_TYPES)('with a key of type %s', (keyType) => {
  test('key and certificate belong together, and its successor is of the same type', async () => {
    const pair = await issue({ names: ['a.test'], validity, keyType })
    expect(keyMatches(pair)).toBe(true)
    expect(keyTypeOf(pair.key)).toBe(keyType)
  }, 60_000)
})

test('a key that cannot sign a certificate is refused with its type', async () => {
  const { generateKeyPairSync } = await import('node:crypto')
  const key = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await expect(issue({ names: ['a.test'], validity, key })).rejects.toMatchObject({
    code: 'KEY_UNSUPPORTED',
    message: expect.stringContaining('x25519'),
  })
})

describe.each(['ec-p256', 'rsa-2048', 'ed25519'] as const)('openssl, asked about chains with %s keys', (keyType) => {
  opensslTest('accepts every chain of the lab under the strict rules of RFC 5280', async () => {
    await using temporary = await emptyWorkshop()
    const material = await createMaterial({ now: new Date(), keyType })
    const file = async (name: string, text: string) => {
      const path = join(temporary.path, name)
      await writeFile(path, text)
      return path
    }
    const root = await file('root.pem', material.root.chain)
    for (const [name, { chain }] of Object.entries({
      api: material.proxyCaSigned,
      nasa: material.nasa,
      attestation: material.attestation,
      other: material.attacker.otherHost,
    })) {
      const path = await file(`${name}.pem`, chain)
      expect(
        openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', root, '-untrusted', path, path),
      ).toBe(`${path}: OK\n`)
    }
    const own = await file('own.pem', material.proxySelfSigned.chain)
    expect(openssl('verify', '-x509_strict', '-CAfile', own, own)).toBe(`${own}: OK\n`)
  })
})

opensslTest('openssl sees critical constraints, the server purpose and matching key identifiers', async () => {
  await using temporary = await emptyWorkshop()
  const { proxyCaSigned, intermediate } = await createMaterial({ now: NOW, keyType: 'rsa-2048' })
  const path = join(temporary.path, 'a.pem')
  await writeFile(path, leafOf(proxyCaSigned.chain))
  const text = openssl('x509', '-in', path, '-noout', '-text')
  expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment/)
  expect(text).toMatch(/Extended Key Usage: \s+TLS Web Server Authentication/)
  const identifier = /Authority Key Identifier: \s+(?:keyid:)?([0-9A-F:]{59})/.exec(text)?.[1] ?? 'none'
  await writeFile(path, intermediate.chain)
  const issuer = openssl('x509', '-in', path, '-noout', '-text')
  expect(issuer).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  expect(issuer).toMatch(new RegExp(`Subject Key Identifier: \\s+${identifier}`))
})

describe.each(['ec-p256', 'rsa-2048', 'ed25519'] as const)('the pin of a certificate with a %s key', (keyType) => {
  opensslTest('is the one that openssl computes by the usual recipe', async () => {
    await using temporary = await emptyWorkshop()
    const { key, chain } = await issue({ names: ['a.test'], validity, keyType })
    const at = (name: string) => join(temporary.path, name)
    const [cert, spki, hash] = [at('cert.pem'), at('spki.pem'), at('hash')]
    await writeFile(cert, chain)
    await writeFile(spki, openssl('x509', '-in', cert, '-pubkey', '-noout'))
    openssl('pkey', '-pubin', '-in', spki, '-outform', 'der', '-out', `${spki}.bin`)
    openssl('dgst', '-sha256', '-binary', '-out', hash, `${spki}.bin`)
    const expected = `sha256/${(await readFile(hash)).toString('base64')}`
    expect([pinOfCertificate(chain), pinOfKey(key)]).toEqual([expected, expected])
  })
})
