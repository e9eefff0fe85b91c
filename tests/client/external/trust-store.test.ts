import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AsnConvert } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import type { Credentials } from '#certs/credentials.ts'
import { subjectHash } from '#client/external/trust-store/subject-hash.ts'
import { createWorldFiles, type WorldFiles } from '#client/external/world.ts'
import { output, testWith } from './tools.ts'

const TIMEOUT = 60_000
const validity = lasting(new Date(), 30)
const keytool = testWith('keytool', '-help')
const openssl = testWith('openssl', 'version')

let files: WorldFiles
let trusted: Credentials
let namesake: Credentials
let other: Credentials
/** Two of one name, and one of them twice. */
let device: readonly string[]
beforeAll(async () => {
  files = await createWorldFiles()
  const plan = { name: 'Lab  Root', organisation: ' Ünder ÖNE roof ', validity }
  ;[trusted, namesake, other] = await Promise.all([
    createAuthority(plan),
    createAuthority(plan),
    createAuthority({ name: 'Wayside Root', validity }),
  ])
  device = [namesake.chain, trusted.chain, `${other.chain}${trusted.chain}`]
}, TIMEOUT)
afterAll(async () => files[Symbol.asyncDispose]())

const fingerprints = () =>
  [namesake, trusted, other].map(({ chain }) => new X509Certificate(chain).fingerprint256).sort()

describe.each(['pkcs12', 'jks'] as const)('a Java trust store, %s', (kind) => {
  keytool(
    'is listed as trusted certificates, each once',
    async () => {
      const args = ['-list', '-storetype', kind, '-storepass', 'changeit', '-keystore', await files[kind](device)]
      const listed = await output('keytool', ...args)
      expect(listed.match(/trustedCertEntry/g)).toHaveLength(3)
      expect([...listed.matchAll(/SHA-256\): (\S+)/g)].map(([, print]) => print).sort()).toEqual(fingerprints())
    },
    TIMEOUT,
  )

  keytool(
    'is refused with another password',
    async () => {
      const args = ['-list', '-storetype', kind, '-storepass', 'changed', '-keystore', await files[kind](device)]
      await expect(output('keytool', ...args)).rejects.toMatchObject({
        stdout: expect.stringMatching(/password was incorrect|integrity check/i),
      })
    },
    TIMEOUT,
  )
})

describe('a PKCS#12 trust store', () => {
  openssl('gives OpenSSL all its certificates, and its MAC holds', async () => {
    const path = await files.pkcs12(device)
    const read = await output('openssl', 'pkcs12', '-in', path, '-nokeys', '-passin', 'pass:changeit')
    const found = read.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []
    expect(found.map((pem) => new X509Certificate(pem).fingerprint256).sort()).toEqual(fingerprints())
    await expect(output('openssl', 'pkcs12', '-in', path, '-nokeys', '-passin', 'pass:changed')).rejects.toMatchObject({
      stderr: expect.stringContaining('Mac verify error'),
    })
  })
})

test('two authorities of one name are two files of one hash, and one that is there twice is one', async () => {
  const folder = await files.folder(device)
  const hash = subjectHash(new X509Certificate(trusted.chain))
  const others = subjectHash(new X509Certificate(other.chain))
  expect((await readdir(folder)).sort()).toEqual([`${hash}.0`, `${hash}.1`, `${others}.0`].sort())
  expect(await readFile(join(folder, `${hash}.1`), 'utf8')).toBe(trusted.chain)
})

openssl('OpenSSL finds the signer of a leaf in the folder, behind its namesake too, and nobody else’s', async () => {
  const folder = await files.folder(device)
  const stranger = await createAuthority({ name: 'Nobody’s Root', validity })
  const verify = async (signedBy: Credentials, name: string) => {
    const leaf = await issue({ names: [name], validity, signedBy })
    const path = await files.certificate(leaf.chain)
    return output('openssl', 'verify', '-no-CAfile', '-CApath', folder, path)
  }
  expect(await verify(trusted, 'a.test')).toMatch(/: OK\n$/)
  expect(await verify(namesake, 'b.test')).toMatch(/: OK\n$/)
  await expect(verify(stranger, 'c.test')).rejects.toMatchObject({
    stderr: expect.stringContaining('unable to get local issuer certificate'),
  })
})

const CN = '2.5.4.3'
const O = '2.5.4.10'
const attribute = (type: string, value: Partial<asn1.AttributeValue>) =>
  new asn1.AttributeTypeAndValue({ type, value: new asn1.AttributeValue(value) })
const numeric = (digits: string) => Uint8Array.from([0x12, digits.length, ...Buffer.from(digits)]).buffer

describe('the hash of a subject is OpenSSL’s', () => {
  const one = (...attributes: asn1.AttributeTypeAndValue[]) => new asn1.RelativeDistinguishedName(attributes)
  test.each<[string, asn1.RelativeDistinguishedName[]]>([
    ['of no name at all', []],
    ['in capitals, of which only ASCII’s become small', [one(attribute(CN, { utf8String: 'ÄRGER with ÖPNV' }))]],
    ['with blanks around and between', [one(attribute(CN, { utf8String: '  much \t\v \n room  ' }))]],
    ['of blanks', [one(attribute(CN, { printableString: '   ' }))]],
    ['with a blank that is not ASCII’s', [one(attribute(CN, { utf8String: '\u00a0a\u00a0 \u2003b' }))]],
    ['in a PrintableString', [one(attribute(CN, { printableString: 'Plain Root' }))]],
    ['in an IA5String', [one(attribute(CN, { ia5String: 'Root@Lab.Test' }))]],
    ['in a TeletexString', [one(attribute(CN, { teletexString: 'Caf\u00e9 Root' }))]],
    ['in a BMPString', [one(attribute(CN, { bmpString: 'Ж Root ÖSTERREICH' }))]],
    ['in a UniversalString', [one(attribute(CN, { universalString: 'Root Ж' }))]],
    ['in a NumericString, which stays as it is', [one(attribute(CN, { anyValue: numeric(' 12  3') }))]],
    ['of two attributes at once', [one(attribute(O, { utf8String: 'Z' }), attribute(CN, { utf8String: 'Y  y' }))]],
    ['that is long', [one(attribute(O, { utf8String: 'Long '.repeat(60) })), one(attribute(CN, { utf8String: 'L' }))]],
  ])('%s', async (_what, relatives) => {
    const der = renamed(trusted.chain, new asn1.Name(relatives))
    expect(subjectHash(der)).toMatch(/^[0-9a-f]{8}$/)
    if (openssl !== test) return
    const path = await files.certificate(der.toString())
    expect(subjectHash(der)).toBe((await output('openssl', 'x509', '-noout', '-hash', '-in', path)).trim())
  })
})

/** The certificate under another name; its signature no longer holds, which is nothing to a hash of the name. */
function renamed(pem: string, subject: asn1.Name): X509Certificate {
  const certificate = AsnConvert.parse(new X509Certificate(pem).raw, asn1.Certificate)
  certificate.tbsCertificate.subject = subject
  // What was read is kept as it was, and would be written again.
  delete certificate.tbsCertificateRaw
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))
}
