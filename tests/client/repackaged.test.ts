import { cp, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { type Credentials, pinOfCertificate } from '#certs/credentials.ts'
import { measureClient, repackage } from '#client/app.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { PinnedHost, Shipped } from '#client/client.ts'
import { visit } from '#client/run.ts'
import { silentLog } from '#kit/log.ts'
import { measureApp, trustAsText } from '#kit/measure.ts'
import { HOSTS } from '#kit/names.ts'
import { honestParties } from '#lab/stages/honest-parties.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { startApi, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

const log = silentLog()
const now = () => new Date()

/** The honest parties, with the proxy turning away whatever cannot attest itself unless `enforce` is off. */
async function withHonestParties({ enforce }: { enforce: boolean }) {
  const { material } = world
  const stack = new AsyncDisposableStack()
  const { proxy, apps } = await honestParties(material, { log, now, enforce }, stack)
  /** A whole app: what it was shipped with says what it insists on, and what it measures of itself. */
  const send = async (id: string, shipped: Shipped, port: number) => {
    const client = world.client(id)
    const { attested } = await apps.running(shipped)
    const deviceAuthorities = [material.root.chain, material.attacker.trustedAuthority.chain]
    const origin = `https://${HOST_OF[client.deployment]}:${port}`
    return visit(client, world.situation(port, { origin, deviceAuthorities, shipped }), { attest: attested.token })
  }
  return { proxy, send, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

interface Repackaging {
  readonly id: string
  readonly forge: () => Promise<Credentials>
  readonly replaced: (forged: Credentials) => Partial<Shipped>
}

const day = { validity: lasting(new Date(), 1) }

const REPACKAGINGS: readonly Repackaging[] = [
  {
    id: 'pinned-key',
    forge: () => issue({ ...day, names: [HOSTS.api], signedBy: world.material.attacker.trustedAuthority }),
    replaced: ({ chain }) => ({
      // The attacker keeps our pins beside its own, so that the app goes on working where it does not listen.
      pins: world.material.shipped.pins.map(({ host, pins }) => ({ host, pins: [...pins, pinOfCertificate(chain)] })),
    }),
  },
  {
    id: 'pinned-certificate',
    forge: () => issue({ ...day, names: [HOSTS.proxy] }),
    replaced: ({ chain }) => ({ certificate: world.material.shipped.certificate + chain }),
  },
]

test.each(REPACKAGINGS)(
  '$id as shipped refuses the attacker and is served by the enforcing proxy',
  async ({ id, forge }) => {
    await using honest = await withHonestParties({ enforce: true })
    await using attacker = await startApi(await forge())
    const { shipped } = world.material
    expect(await honest.send(id, shipped, attacker.port)).toMatchObject({ outcome: 'refused', reason: 'pin' })
    expect(attacker.seen.bytes).toBe(0)
    const answer = await honest.send(id, shipped, honest.proxy.port)
    expect(answer).toMatchObject({
      outcome: 'accepted',
      status: 200,
      picture: { image: { contentType: 'image/jpeg' } },
    })
  },
)

test.each(REPACKAGINGS)(
  '$id repackaged with the attacker’s pin is fooled by the attacker, and turned away by the enforcing proxy',
  async ({ id, forge, replaced }) => {
    await using honest = await withHonestParties({ enforce: true })
    const forged = await forge()
    await using attacker = await startApi(forged)
    const app = repackage(world.material.shipped, replaced(forged))
    expect(await honest.send(id, app, attacker.port)).toMatchObject({ outcome: 'accepted', status: 200 })
    expect(attacker.requests).toHaveLength(2)
    expect(await honest.send(id, app, honest.proxy.port)).toMatchObject({ outcome: 'accepted', status: 401 })
  },
)

test('against the lab’s own attacker, what the repackaged client carries opens nothing at the proxy', async () => {
  const { trustedAuthority } = world.material.attacker
  await using honest = await withHonestParties({ enforce: true })
  await using attacker = await createAttacker({ log, now })
  const upstream = { host: '127.0.0.1', port: honest.proxy.port }
  const loot = { trustedAuthority }
  const order = { attack: 'trusted-authority', road: 'takeover', host: HOSTS.api, upstream, loot } as const
  const pins = [{ host: HOSTS.api, pins: [pinOfCertificate(trustedAuthority.chain), OTHER_PIN] }]

  const first = await attacker.arm(order)
  const asShipped = await honest.send('pinned-key', world.material.shipped, first.port)
  expect(asShipped).toMatchObject({ outcome: 'refused', reason: 'pin' })
  expect((await attacker.evidence(first.play)).applicationBytes).toBe(0)

  const second = await attacker.arm(order)
  const repackaged = await honest.send('pinned-key', repackage(world.material.shipped, { pins }), second.port)
  const { requests, token } = await attacker.evidence(second.play)
  expect(requests[0]?.path).toContain('/planetary/apod')
  expect(token).toMatch(/^eyJ/)
  // The attacker passed the request on, token and all, and the genuine proxy turned it away.
  expect(repackaged).toMatchObject({ outcome: 'accepted', status: 401 })
})

test('the repackaged client is turned away for its token alone: a proxy that does not enforce serves it', async () => {
  await using honest = await withHonestParties({ enforce: false })
  const pins = world.material.shipped.pins.map(({ host, pins: [first = ''] }) => ({ host, pins: [first, OTHER_PIN] }))
  const answer = await honest.send('pinned-key', repackage(world.material.shipped, { pins }), honest.proxy.port)
  expect(answer).toMatchObject({ outcome: 'accepted', status: 200 })
})

const OTHER_PIN = `sha256/${Buffer.alloc(32, 9).toString('base64')}`

test.each<readonly [string, Partial<Shipped>]>([
  ['another pin', { pins: [{ host: HOSTS.api, pins: [OTHER_PIN] }] }],
  [
    'one host more',
    {
      pins: [
        { host: HOSTS.api, pins: [] },
        { host: 'x.test', pins: [OTHER_PIN] },
      ],
    },
  ],
  ['another certificate', { certificate: 'another' }],
])('%s gives another measurement', async (_what, replaced) => {
  const { shipped } = world.material
  expect(await measureClient(repackage(shipped, replaced))).not.toBe(await measureClient(shipped))
})

test('another authority, or a pin that moves to them, gives another measurement', async () => {
  const { shipped } = world.material
  const [{ host, pins, authorities = [] }] = shipped.pins as [PinnedHost]
  const measurements = [
    { host, pins, authorities },
    { host, pins, authorities: [OTHER_PIN] },
    { host, pins: [], authorities: [...pins, ...authorities] },
    { host, pins: [...pins, ...authorities] },
  ].map((entry) => measureClient(repackage(shipped, { pins: [entry] })))
  expect(new Set(await Promise.all(measurements)).size).toBe(4)
})

test('white space and the order of fields in what is shipped change nothing', async () => {
  const { certificate, pins } = world.material.shipped
  const retyped = {
    certificate: `${certificate.replaceAll('\n', '\r\n')}\n`,
    pins: pins.map(({ host, ...rest }) => ({ ...rest, host })),
  }
  expect(await measureClient(retyped)).toBe(await measureClient(world.material.shipped))
})

test('one byte in one of the client’s files gives another measurement, and the place it lies in does not', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'client-'))
  const client = fileURLToPath(new URL('../../services/client/', import.meta.url))
  const trust = trustAsText(world.material.shipped)
  await cp(client, folder.path, { recursive: true })
  expect(await measureApp(folder.path, trust)).toBe(await measureApp(client, trust))
  await writeFile(join(folder.path, 'run.ts'), '\n', { flag: 'a' })
  expect(await measureApp(folder.path, trust)).not.toBe(await measureApp(client, trust))
})
