import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { certificatesOf, leafOf, pinOfCertificate } from '#certs/credentials.ts'
import { FINDS } from '#certs/find-names.ts'
import { attackersAuthorities, findOf } from '#certs/finds.ts'
import { pinOfKey } from '#certs/key.ts'
import { createMaterial } from '#certs/material.ts'
import { renew } from '#certs/rotation.ts'
import { generate, inspect, renewGenerated } from '#certs/workshop.ts'
import { contents, emptyWorkshop, NOW } from './bench.ts'

const read = (chain: string) => new X509Certificate(leafOf(chain))

describe('a namesake', () => {
  test.each([
    ['leaf', 'proxyCaSigned'],
    ['intermediate', 'intermediate'],
    ['root', 'root'],
  ] as const)('of the %s has its name, the key of the attacker, and nobody above it', async (of, pair) => {
    const material = await createMaterial({ now: NOW })
    const namesake = read(findOf(material, `namesake-${of}`))
    const genuine = read(material[pair].chain)
    expect([namesake.subject, namesake.issuer]).toEqual([genuine.subject, genuine.subject])
    expect(pinOfCertificate(namesake.toString())).toBe(pinOfKey(material.attacker.trustedAuthority.key))
    expect([namesake.ca, namesake.verify(namesake.publicKey)]).toEqual([true, true])
    expect(namesake.verify(genuine.publicKey)).toBe(false)
  })

  test('is among what a device trusts that trusts the attacker, and so is the authority itself', async () => {
    const material = await createMaterial({ now: NOW })
    const subjects = certificatesOf(attackersAuthorities(material)).map((pem) => new X509Certificate(pem).subject)
    const named = (chain: string) => read(chain).subject
    const { attacker, proxyCaSigned, intermediate, root } = material
    expect(subjects).toEqual(
      [attacker.trustedAuthority, proxyCaSigned, intermediate, root].map(({ chain }) => named(chain)),
    )
  })
})

describe('what a careless authority signed', () => {
  test.each([
    ['leaf', false],
    ['authority', true],
  ] as const)('as %s has name and key of the attacker, and the CA bit is %s', async (as, ca) => {
    const material = await createMaterial({ now: NOW })
    const [signed = '', ...above] = certificatesOf(findOf(material, `careless-${as}`))
    const certificate = new X509Certificate(signed)
    const trusted = read(material.attacker.trustedAuthority.chain)
    expect([certificate.subject, certificate.ca]).toEqual([trusted.subject, ca])
    expect(certificate.publicKey.equals(trusted.publicKey)).toBe(true)
    expect(certificate.verify(read(material.intermediate.chain).publicKey)).toBe(true)
    expect(above.join('')).toBe(leafOf(material.intermediate.chain))
  })
})

describe('a former certificate', () => {
  test.each([
    ['former-api.lab.test', 'proxyCaSigned', 'intermediate'],
    ['former-proxy.lab.test', 'proxySelfSigned', 'proxySelfSigned'],
  ] as const)('%s has key and names of the one in use, and ended when that began', async (name, pair, signer) => {
    const material = await createMaterial({ now: NOW })
    const former = read(findOf(material, name))
    const current = read(material[pair].chain)
    expect([former.subject, former.subjectAltName]).toEqual([current.subject, current.subjectAltName])
    expect(former.publicKey.equals(current.publicKey)).toBe(true)
    expect(former.validToDate).toEqual(current.validFromDate)
    expect(former.verify(read(material[signer].chain).publicKey)).toBe(true)
  })

  test('is made anew for a new key, and nothing else is', async () => {
    const before = await createMaterial({ now: NOW })
    const earlierFinds = Object.fromEntries(FINDS.map((name) => [name, findOf(before, name)]))
    const after = await renew({ ...before, earlierFinds }, { deployment: 'ca-signed', key: 'new', now: NOW })
    expect(FINDS.filter((name) => findOf(after, name) !== findOf(before, name))).toEqual(['former-api.lab.test'])
    expect(pinOfCertificate(findOf(after, 'former-api.lab.test'))).toBe(pinOfKey(after.proxyCaSigned.key))
  })
})

test('what is on disk is kept, and mended where it no longer fits', async () => {
  await using workshop = await emptyWorkshop()
  await generate(workshop)
  const before = await contents(workshop.folder)
  expect((await inspect(workshop)).outdated).toEqual([])
  const { changed } = await renewGenerated(workshop, { deployments: ['ca-signed'], key: 'new' })
  expect(changed.filter((path) => path.startsWith('attacker/'))).toEqual(['attacker/former-api.lab.test.pem'])
  const after = await contents(workshop.folder)
  expect(after['client/attacker-authority.pem']).toBe(before['client/attacker-authority.pem'])
})
