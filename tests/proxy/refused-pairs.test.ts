import { rm } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { pinOfCertificate } from '#certs/credentials.ts'
import { newKey } from '#certs/key.ts'
import type { Material } from '#certs/material.ts'
import { renew } from '#certs/rotation.ts'
import { silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { startProxy } from '#proxy/proxy.ts'
import { look, withFiles } from './look.ts'
import { freshMaterial, standardConfig } from './world.ts'

const broken: [string, RegExp, (material: Material) => Promise<{ cert?: string; key?: string }>][] = [
  ['half-written', /cut short/, async ({ proxyCaSigned }) => ({ cert: proxyCaSigned.chain.slice(0, -60) })],
  ['of two halves', /do not belong together/, async () => ({ key: await newKey() })],
  ['empty', /no certificate/, async () => ({ cert: '' })],
  [
    'of a key cut short',
    /no whole private key/,
    async ({ proxyCaSigned }) => ({ key: proxyCaSigned.key.slice(0, 80) }),
  ],
  ['swapped', /no certificate/, async ({ proxyCaSigned }) => ({ cert: proxyCaSigned.key, key: proxyCaSigned.chain })],
  [
    'of garbage',
    /not a certificate/,
    async () => ({
      cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    }),
  ],
  ['expired', /expired on/, (material) => another(material, new Date(Date.now() - 20 * 86_400_000))],
  ['not yet valid', /not valid before/, (material) => another(material, new Date(Date.now() + 20 * 86_400_000))],
]

async function another({ intermediate }: Material, from: Date) {
  const key = await newKey()
  const { chain } = await issue({ names: [HOSTS.api], validity: lasting(from, 10), key, signedBy: intermediate })
  return { cert: chain, key }
}

test.each(broken)('a pair that is %s is refused once in the log, and the old one stays', async (_, why, make) => {
  await using world = await withFiles()
  const { cert, key } = await make(world.material)
  if (cert !== undefined) await world.files.write('api-cert.pem', cert)
  if (key !== undefined) await world.files.write('api-key.pem', key)
  expect(await world.proxy.reload()).toContainEqual({
    identity: 'caSigned',
    outcome: 'refused',
    reason: expect.stringMatching(why),
  })
  await world.proxy.reload()
  const said = world.lines.filter(({ msg, reason }) => /refused/.test(String(msg)) && why.test(String(reason)))
  expect(said).toEqual([expect.objectContaining({ identity: 'CA-signed', level: 'warn' })])
  expect((await look({ material: world.material, port: world.proxy.port })).pin).toBe(
    pinOfCertificate(world.material.proxyCaSigned.chain),
  )
})

test('files that vanish are refused, and what comes after them is taken', async () => {
  await using world = await withFiles()
  await rm(world.files.at('api-cert.pem'))
  expect(await world.refused()).toMatchObject({ reason: expect.stringContaining('there is no such file') })
  const next = await renew(world.material, { deployment: 'ca-signed', key: 'same', now: new Date() })
  await world.files.writePair('api-', next.proxyCaSigned)
  await world.renewed()
})

test('a pair that cannot be used at the start is an error with the next step', async () => {
  const material = await freshMaterial()
  const selfSigned = { kind: 'given', chain: material.proxySelfSigned.chain, key: await newKey() } as const
  const config = { ...standardConfig(material, 1), identities: { selfSigned } }
  await expect(startProxy(config, { log: silentLog(), now: () => new Date() })).rejects.toMatchObject({
    code: 'IDENTITY_UNUSABLE',
    hint: expect.stringContaining('npm run certs'),
  })
})
