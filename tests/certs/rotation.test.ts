import { describe, expect, test } from '@jest/globals'
import { keyMatches, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { keyTypeOf, pinOfKey } from '#certs/key.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { DEPLOYMENTS, type Deployment, renew } from '#certs/rotation.ts'
import { NOW } from './bench.ts'

const pairOf = (material: Material, deployment: Deployment) =>
  deployment === 'self-signed' ? material.proxySelfSigned : material.proxyCaSigned
const backupOf = ({ backupKeys }: Material, deployment: Deployment) =>
  deployment === 'self-signed' ? backupKeys.selfSigned : backupKeys.caSigned
const pinOf = (material: Material, deployment: Deployment) => pinOfCertificate(pairOf(material, deployment).chain)

describe.each(DEPLOYMENTS)('the %s certificate', (deployment) => {
  test('renewed with the same key is another certificate with the same names and the same pins', async () => {
    const before = await createMaterial({ now: NOW })
    const after = await renew(before, { deployment, key: 'same', now: NOW })
    expect(pairOf(after, deployment).chain).not.toBe(pairOf(before, deployment).chain)
    expect(pinOf(after, deployment)).toBe(pinOf(before, deployment))
    expect(namesOf(pairOf(after, deployment).chain)).toEqual(namesOf(pairOf(before, deployment).chain))
    expect(after.shipped.pins).toEqual(before.shipped.pins)
  })

  test('renewed with the backup key has the pin that was the backup, and a new backup was made', async () => {
    const before = await createMaterial({ now: NOW })
    const after = await renew(before, { deployment, key: 'backup', now: NOW })
    expect(pinOf(after, deployment)).toBe(pinOfKey(backupOf(before, deployment)))
    expect(pinOfKey(backupOf(after, deployment))).not.toBe(pinOf(after, deployment))
    expect(keyMatches(pairOf(after, deployment))).toBe(true)
  })

  test('renewed with a new key has a pin that nobody has seen, and the backup is still there', async () => {
    const before = await createMaterial({ now: NOW })
    const after = await renew(before, { deployment, key: 'new', now: NOW })
    expect([pinOf(before, deployment), pinOfKey(backupOf(before, deployment))]).not.toContain(pinOf(after, deployment))
    expect(backupOf(after, deployment)).toBe(backupOf(before, deployment))
  })

  test('keeps the type of its key', async () => {
    const before = await createMaterial({ now: NOW, keyType: 'ed25519' })
    for (const key of ['same', 'backup', 'new'] as const) {
      const after = await renew(before, { deployment, key, now: NOW })
      expect(keyTypeOf(pairOf(after, deployment).key)).toBe('ed25519')
      expect(keyTypeOf(backupOf(after, deployment))).toBe('ed25519')
    }
  })
})

test('shipped apps keep their pins, an app built after the renewal gets the new ones', async () => {
  const before = await createMaterial({ now: NOW })
  const [, backup] = before.shipped.pins[0]?.pins ?? []
  const after = await renew(before, { deployment: 'ca-signed', key: 'backup', now: NOW })
  expect(before.shipped.pins[0]?.pins).toContain(pinOf(after, 'ca-signed'))
  expect(after.shipped.pins[0]?.pins).toEqual([backup, pinOfKey(after.backupKeys.caSigned)])
})

test('renewing one deployment leaves the other alone', async () => {
  const before = await createMaterial({ now: NOW })
  const after = await renew(before, { deployment: 'ca-signed', key: 'new', now: NOW })
  expect(after.proxySelfSigned).toBe(before.proxySelfSigned)
  expect(after.shipped.certificate).toBe(before.shipped.certificate)
})
