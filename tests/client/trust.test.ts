import { beforeAll, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import type { Credentials } from '#certs/credentials.ts'
import { visit } from '#client/run.ts'
import type { Reason } from '#kit/check.ts'
import { HOSTS } from '#kit/names.ts'
import { PINNED_KEY, UNPINNED } from './stacks.ts'
import { attest, startApi, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

type Case = readonly [string, string, Reason | 'accepted', () => Promise<Credentials>]

const DAY = lasting(new Date(), 1)
const trustedFor = (...names: string[]) =>
  issue({ names, validity: DAY, signedBy: world.material.attacker.trustedAuthority })
const strangerFor = async (...names: string[]) =>
  issue({ names, validity: DAY, signedBy: await createAuthority({ name: 'Stranger', validity: DAY }) })
const stolen = (names: string[], key: string) =>
  issue({ names, validity: DAY, key, signedBy: world.material.attacker.trustedAuthority })

const CASES: readonly Case[] = [
  ...UNPINNED.flatMap((id): readonly Case[] => [
    [id, 'an authority that the device trusts', 'accepted', () => trustedFor(HOSTS.api)],
    [id, 'an authority that nobody trusts', 'chain', () => strangerFor(HOSTS.api)],
    [id, 'a good certificate for another name', 'hostname', async () => world.material.attacker.otherHost],
  ]),
  ...PINNED_KEY.flatMap((id): readonly Case[] => [
    [id, 'an authority that the device trusts', 'pin', () => trustedFor(HOSTS.api)],
    [id, 'an authority that nobody trusts', 'chain', () => strangerFor(HOSTS.api)],
    [id, 'a good certificate for another name', 'hostname', async () => world.material.attacker.otherHost],
    [
      id,
      'the backup key, certified by a trusted authority',
      'accepted',
      () => stolen([HOSTS.api], world.material.backupKeys.caSigned),
    ],
    [
      id,
      'the stolen key in a certificate of a trusted authority',
      'accepted',
      () => stolen([HOSTS.api], world.material.proxyCaSigned.key),
    ],
  ]),
  ['pinned-certificate', 'an authority that the device trusts', 'pin', () => trustedFor(HOSTS.proxy)],
  ['pinned-certificate', 'an authority that nobody trusts', 'pin', () => strangerFor(HOSTS.proxy)],
  [
    'pinned-certificate',
    'the genuine certificate of the other deployment',
    'pin',
    async () => world.material.proxyCaSigned,
  ],
  [
    'pinned-certificate',
    'the stolen key in another certificate',
    'pin',
    () => stolen([HOSTS.proxy], world.material.proxySelfSigned.key),
  ],
]

test.each(CASES)('%s, shown %s: %s', async (id, _shown, expected, credentials) => {
  await using api = await startApi(await credentials())
  const report = await visit(
    world.client(id),
    world.situation(api.port, {
      ...world.originFor(id, api.port),
      deviceAuthorities: [world.material.root.chain, world.material.attacker.trustedAuthority.chain],
    }),
    { attest },
  )
  if (expected === 'accepted') expect(report).toMatchObject({ outcome: 'accepted' })
  else expect(report).toMatchObject({ outcome: 'refused', reason: expected })
  expect(api.seen.connections).toBe(1)
  if (expected === 'accepted') expect(api.seen.bytes).toBeGreaterThan(0)
  else expect(api.seen.bytes).toBe(0)
})
