import { createPublicKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { certificatesOf, keyMatches, leafOf, pinOfCertificate } from '#certs/credentials.ts'
import { createForger, type Loot } from '#certs/forger.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { daysLater, NOW } from './bench.ts'

const HOST = 'api.lab.test'

function forgerFor(material: Material, loot: Loot = {}) {
  const asked: string[] = []
  const genuineChain = async (host: string) => {
    asked.push(host)
    return material.proxyCaSigned.chain
  }
  return { asked, forger: createForger({ loot, genuineChain, now: NOW }) }
}

test('a leaf signed by the trusted authority names the host, and has a key of its own', async () => {
  const material = await createMaterial({ now: NOW })
  const { trustedAuthority } = material.attacker
  const { forger } = forgerFor(material, { trustedAuthority })
  const forged = await forger.signedBy('trusted', HOST)
  const leaf = new X509Certificate(forged.chain)
  const authority = new X509Certificate(trustedAuthority.chain)
  expect(leaf.checkHost(HOST)).toBe(HOST)
  expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true)
  expect(keyMatches(forged)).toBe(true)
  expect(pinOfCertificate(forged.chain)).not.toBe(pinOfCertificate(material.proxyCaSigned.chain))
  expect(leaf.validFromDate < NOW && leaf.validToDate > NOW).toBe(true)
})

test('a stranger signs without any loot, with an authority that no device knows', async () => {
  const material = await createMaterial({ now: NOW })
  const forged = await forgerFor(material).forger.signedBy('stranger', HOST)
  const [leaf, authority] = certificatesOf(forged.chain).map((pem) => new X509Certificate(pem))
  expect(authority && leaf?.verify(authority.publicKey)).toBe(true)
  expect(authority?.ca).toBe(true)
  expect(authority?.fingerprint256).not.toBe(new X509Certificate(material.root.chain).fingerprint256)
})

test('the dates of a forged leaf are those asked for', async () => {
  const { forger } = forgerFor(await createMaterial({ now: NOW }))
  const shape = { notBefore: daysLater(-20), notAfter: daysLater(-10) }
  const leaf = new X509Certificate((await forger.signedBy('stranger', HOST, shape)).chain)
  expect([leaf.validFromDate, leaf.validToDate]).toEqual([shape.notBefore, shape.notAfter])
})

test('a stolen key makes a leaf whose pin is the genuine one', async () => {
  const material = await createMaterial({ now: NOW })
  const stolenKeys = { [HOST]: material.proxyCaSigned.key }
  const { forger } = forgerFor(material, { stolenKeys })
  const forged = await forger.signedBy('stranger', HOST, { key: 'stolen' })
  expect(keyMatches(forged)).toBe(true)
  expect(pinOfCertificate(forged.chain)).toBe(pinOfCertificate(material.proxyCaSigned.chain))
  expect(leafOf(forged.chain)).not.toBe(leafOf(material.proxyCaSigned.chain))
})

test('a serial number is written as it is asked for, whatever its first bit', async () => {
  const { forger } = forgerFor(await createMaterial({ now: NOW }))
  for (const serialNumber of ['7F01', 'F00D']) {
    const { chain } = await forger.signedBy('stranger', HOST, { irregular: { serialNumber } })
    expect(new X509Certificate(chain).serialNumber).toBe(serialNumber)
  }
})

test('a lookalike has subject, names and dates of the genuine leaf, and another key with which it signs itself', async () => {
  const material = await createMaterial({ now: NOW })
  const lookalike = await forgerFor(material).forger.lookalike(HOST)
  const genuine = new X509Certificate(material.proxyCaSigned.chain)
  const copy = new X509Certificate(lookalike.chain)
  const features = ({ subject, subjectAltName, validFrom, validTo }: X509Certificate) => ({
    ...{ subject, subjectAltName, validFrom, validTo },
  })
  expect(features(copy)).toEqual(features(genuine))
  expect(copy.issuer).toBe(copy.subject)
  expect(copy.verify(createPublicKey(lookalike.key))).toBe(true)
  expect(copy.publicKey.equals(genuine.publicKey)).toBe(false)
  expect(keyMatches(lookalike)).toBe(true)
})

test('append sends more certificates and leaves key and leaf as they are', async () => {
  const material = await createMaterial({ now: NOW })
  const { forger } = forgerFor(material)
  const base = await forger.signedBy('stranger', HOST)
  const appended = forger.append(base, leafOf(await forger.genuineChain(HOST)))
  expect(appended.key).toBe(base.key)
  expect(certificatesOf(appended.chain)).toEqual([...certificatesOf(base.chain), leafOf(material.proxyCaSigned.chain)])
})

describe('what is asked for twice', () => {
  test('is forged once, also when both ask at the same time', async () => {
    const { forger, asked } = forgerFor(await createMaterial({ now: NOW }))
    const [one, other] = await Promise.all([forger.signedBy('stranger', HOST), forger.signedBy('stranger', HOST)])
    expect(one).toBe(other)
    expect(await forger.signedBy('stranger', HOST)).toBe(one)
    expect(await forger.signedBy('stranger', 'other.test')).not.toBe(one)
    await Promise.all([forger.lookalike(HOST), forger.genuineChain(HOST), forger.lookalike(HOST)])
    expect(asked).toEqual([HOST])
  })

  test('is tried again when the first time failed', async () => {
    const material = await createMaterial({ now: NOW })
    const answers = [Promise.reject(new Error('nobody home')), Promise.resolve(material.proxyCaSigned.chain)]
    const genuineChain = () => answers.shift() ?? Promise.reject(new Error('asked too often'))
    const forger = createForger({ loot: {}, genuineChain, now: NOW })
    await expect(forger.lookalike(HOST)).rejects.toThrow('nobody home')
    await expect(forger.lookalike(HOST)).resolves.toHaveProperty('chain')
  })
})

describe('loot that the world did not give is named', () => {
  test.each([
    [
      'an authority that the device trusts',
      (forger: ReturnType<typeof createForger>) => forger.signedBy('trusted', HOST),
    ],
    ['the private key of api.lab.test', (forger) => forger.signedBy('stranger', HOST, { key: 'stolen' })],
    ['an honest certificate for another host', async (forger) => forger.otherHost()],
    ['an authority that the device trusts', async (forger) => forger.namesake('root')],
    ['what the lab calls careless-leaf', async (forger) => forger.careless('leaf')],
    ['what the lab calls former-api.lab.test', async (forger) => forger.former(HOST)],
    ['what the lab calls former-proxy.lab.test', async (forger) => forger.former('proxy.lab.test')],
    ['what the lab calls public-root', async (forger) => forger.publicRoot()],
  ])('%s', async (what, use) => {
    const { forger } = forgerFor(await createMaterial({ now: NOW }))
    await expect(use(forger)).rejects.toMatchObject({ code: 'LOOT_MISSING', message: expect.stringContaining(what) })
  })
})
