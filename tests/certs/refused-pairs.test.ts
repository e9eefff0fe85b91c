import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting, makeCertificate } from '#certs/certificate.ts'
import { newKey, pkcs8 } from '#certs/key.ts'
import { providedPair } from '#certs/provided.ts'
import { provideGenerated } from '#certs/workshop.ts'
import { daysLater, emptyWorkshop, files, NOW, refusal } from './bench.ts'

const validity = lasting(NOW, 90)
const names = ['localhost', '127.0.0.1']

const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

describe('is refused with a sentence and a next step', () => {
  async function expectRefusal(code: string, words: RegExp, given: ReturnType<typeof files>, now = NOW) {
    const refused = refusal(() => providedPair(given, now))
    expect(refused).toMatchObject({ code, message: expect.stringMatching(words) })
    expect(refused.hint).toBeTruthy()
    expect(JSON.stringify(refused)).not.toContain('BEGIN PRIVATE')
  }

  test('a key and a certificate that do not belong together', async () => {
    const [one, other] = await Promise.all([issue({ names, validity }), issue({ names, validity })])
    await expectRefusal('PROVIDED_MISMATCH', /don't belong together/, files(one.key, other.chain))
  })

  test('an expired certificate', async () => {
    const pair = await issue({ names, validity: lasting(NOW, 10) })
    await expectRefusal('PROVIDED_EXPIRED', /expired on 2026-06-25/, files(pair.key, pair.chain), daysLater(11))
  })

  test('an expired intermediate in the chain', async () => {
    const authority = await createAuthority({ name: 'Mine', validity: lasting(NOW, 900) })
    const between = await createAuthority({ name: 'Between', validity: lasting(NOW, 5), signedBy: authority })
    const pair = await issue({ names, validity, signedBy: between })
    await expectRefusal('PROVIDED_EXPIRED', /CN=Between/, files(pair.key, pair.chain), daysLater(6))
  })

  test('a certificate that is not yet valid', async () => {
    const pair = await issue({ names, validity: lasting(daysLater(20), 10) })
    await expectRefusal('PROVIDED_NOT_YET_VALID', /not valid before 2026-07-05/, files(pair.key, pair.chain))
  })

  test('a leaf without any name', async () => {
    const key = await newKey()
    const chain = makeCertificate({ role: 'leaf', subject: { name: '', organisation: 'Somebody' }, validity, key })
    await expectRefusal('PROVIDED_NAMELESS', /names no host/, files(key, chain))
  })

  test.each([
    ['a certificate', 'cert.pem'],
    ['a key', 'key.pem'],
  ])('%s whose end is missing', async (_, which) => {
    const { key, chain } = await issue({ names, validity })
    const given = which === 'key.pem' ? files(key.slice(0, 90), chain) : files(key, chain.slice(0, 300))
    await expectRefusal('PROVIDED_TRUNCATED', new RegExp(`^${which} is cut short`), given)
  })

  test.each([
    ['a certificate', 'cert.pem'],
    ['a key', 'key.pem'],
  ])('%s with a hole in the middle', async (_, which) => {
    const { key, chain } = await issue({ names, validity })
    const holed = (pem: string) => pem.split('\n').toSpliced(1, 1).join('\n')
    const given = which === 'key.pem' ? files(holed(key), chain) : files(key, holed(chain))
    await expectRefusal('PROVIDED_TRUNCATED', new RegExp(`in ${which} is cut short or damaged`), given)
  })

  test('a chain whose last certificate is cut short', async () => {
    const pair = await issue({ names, validity, signedBy: await createAuthority({ name: 'Mine', validity }) })
    const whole = pair.chain + pair.chain
    await expectRefusal('PROVIDED_TRUNCATED', /cut short/, files(pair.key, whole.slice(0, -60)))
  })

  test('a certificate in DER', async () => {
    const { key, chain } = await issue({ names, validity })
    await expectRefusal('PROVIDED_DER', /cert\.pem is in binary DER/, files(key, der(chain)))
  })

  test.each(['ec-p256', 'rsa-2048', 'ed25519'] as const)('a key in DER: %s', async (keyType) => {
    const { key, chain } = await issue({ names, validity, keyType })
    await expectRefusal('PROVIDED_DER', /key\.pem is in binary DER/, files(der(key), chain))
  })

  test('an empty file', async () => {
    const { key, chain } = await issue({ names, validity })
    await expectRefusal('PROVIDED_EMPTY', /^key\.pem is empty/, files('', chain))
    await expectRefusal('PROVIDED_EMPTY', /^cert\.pem is empty/, files(key, ' \n'))
  })

  test('files swapped, with the command that is right', async () => {
    const { key, chain } = await issue({ names, validity })
    await expectRefusal('PROVIDED_SWAPPED', /swapped/, files(chain, key))
    expect(refusal(() => providedPair(files(chain, key), NOW)).hint).toContain('provide cert.pem key.pem')
  })

  test('a file that is something else', async () => {
    const { key, chain } = await issue({ names, validity })
    await expectRefusal('PROVIDED_NOT_PEM', /does not hold a private key: it holds no PEM text/, files('hello', chain))
    const request = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n'
    await expectRefusal('PROVIDED_NOT_PEM', /it holds CERTIFICATE REQUEST/, files(key, request))
  })

  test.each([
    ['RSA with 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }), 'EE_KEY_TOO_SMALL'],
    ['EC on a curve that no client offers', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), ''],
  ])('a key that no TLS client can use: %s', async (_, make, words) => {
    await using workshop = await emptyWorkshop()
    const pair = await issue({ names, validity, key: pkcs8(make().privateKey) })
    const given = providedPair(files(pair.key, pair.chain), NOW)
    await expect(provideGenerated(workshop, { pair: given, deployment: 'self-signed' })).rejects.toMatchObject({
      code: 'PROVIDED_UNUSABLE',
      message: expect.stringContaining(words),
    })
  })
})
