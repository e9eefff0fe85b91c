import { beforeAll, expect, test } from '@jest/globals'
import { jwtVerify } from 'jose'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { pinOfCertificate } from '#certs/credentials.ts'
import { measureClient } from '#client/app.ts'
import { loadClients } from '#client/catalogue.ts'
import type { Client, VisitOrder } from '#client/client.ts'
import { clientConfig } from '#client/config.ts'
import { leafThrough } from '#client/gallery.ts'
import { type Opened, openRemoteVisit } from '#client/remote-visit.ts'
import type { Show } from '#client/run.ts'
import { startClient } from '#client/serve.ts'
import { callBackstage } from '#kit/backstage.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import { silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'
import { startConnectProxy } from './connect-proxy.ts'
import { install } from './installed.ts'
import { PICTURE, startApi, toLoopback, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

/** The catalogue on a network whose names all lead to this machine: what Docker's resolver does in Compose. */
async function clientsAtHome(): Promise<Catalogue<Client>> {
  const atHome = (client: Entry<Client>): Entry<Client> => ({
    ...client,
    open: (situation) => client.open({ ...situation, lookup: toLoopback }),
  })
  return new Map([...(await loadClients())].map(([id, client]) => [id, atHome(client)]))
}

async function withClient(more: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack()
  const files = stack.use(await install(world.material))
  const now = () => new Date()
  const attestation = stack.use(
    await startAttestation(
      { tls: world.material.attestation, secret: new Secret(world.material.attestationSecret), tokenLife: 60_000 },
      { log: silentLog(), now, registered: memoryRegistry([await measureClient(world.material.shipped)]) },
    ),
  )
  const config = clientConfig({
    ...files.clientEnv,
    CLIENT_ATTESTATION_ADDRESS: `127.0.0.1:${attestation.port}`,
    ...more,
  })
  const token = new Secret('token-of-the-lab')
  const clients = await clientsAtHome()
  const client = stack.use(await startClient(config, { log: silentLog(), now, clients, token }))
  const url = `http://127.0.0.1:${client.port}`
  return {
    url,
    visit: (order: unknown, shown = token) => callBackstage({ url, token: shown }, '/visit', order),
    open: (order: VisitOrder, show: Show) => openRemoteVisit({ url, token }, order, show),
    call: (path: `/${string}`, input: unknown) => callBackstage({ url, token }, path, input),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const orderFor = (port: number, more: Partial<VisitOrder> = {}): VisitOrder => ({
  client: 'pinned-key',
  port,
  road: 'takeover',
  trustsAttacker: false,
  timeout: 5_000,
  ...more,
})

const forged = () =>
  issue({
    names: [HOSTS.api],
    validity: lasting(new Date(), 1),
    signedBy: world.material.attacker.trustedAuthority,
  })

const isGenuine = (token: unknown) =>
  jwtVerify(String(token), new TextEncoder().encode(world.material.attestationSecret)).then(
    () => true,
    () => false,
  )

test('an order is answered with the report of the visit, made with a genuine token', async () => {
  await using client = await withClient()
  await using api = await startApi(world.material.proxyCaSigned)
  expect(await client.visit(orderFor(api.port))).toMatchObject({ outcome: 'accepted', status: 200 })
  expect(await isGenuine(api.requests[0]?.headers['approov-token'])).toBe(true)
})

test('a visit whose pictures are kept gives each of them once, and those of other days', async () => {
  await using client = await withClient()
  await using api = await startApi(world.material.proxyCaSigned)
  const shown: Parameters<Show>[] = []
  const { visit } = await client.open(orderFor(api.port), (...picture) => shown.push(picture))
  const report = await visit.look()
  expect(report).toMatchObject({ outcome: 'accepted', picture: shown[0]?.[0] })
  await leafThrough(visit, ['2026-02-28', '2026-02-27'], report)
  await visit.close()
  expect(shown).toHaveLength(3)
  expect(shown[2]?.[1]?.body).toEqual(PICTURE)
  expect(api.requests.map(({ path }) => path)).toContain('/api.nasa.gov/planetary/apod?date=2026-02-27&thumbs=true')
})

test('whoever refuses has no pictures, and asks for none', async () => {
  await using client = await withClient()
  await using api = await startApi(await forged())
  const shown: Parameters<Show>[] = []
  const { visit } = await client.open(orderFor(api.port), (...picture) => shown.push(picture))
  const report = await visit.look()
  await leafThrough(visit, ['2026-02-28'], report)
  expect([report.outcome, shown, api.seen.bytes]).toEqual(['refused', [], 0])
  await expect(visit.lookAt?.('yesterday')).rejects.toMatchObject({ code: 'ORDER_INVALID' })
})

test('nothing is kept where nobody asked for it', async () => {
  await using client = await withClient()
  await using api = await startApi(world.material.proxyCaSigned)
  const { visit } = (await client.call('/open', orderFor(api.port))) as Opened
  await client.call('/step', { visit, act: 'look' })
  expect(await client.call('/pictures', { visit })).toEqual([])
  await expect(client.call('/pictures', { visit: 'nobody' })).rejects.toMatchObject({ code: 'VISIT_UNKNOWN' })
})

test('each client calls the name of its own deployment', async () => {
  await using client = await withClient()
  await using api = await startApi(world.material.proxySelfSigned)
  await client.visit(orderFor(api.port, { client: 'pinned-certificate' }))
  expect(api.requests[0]?.headers.host).toBe(`${HOSTS.proxy}:${api.port}`)
})

test('on the proxy road the order’s port is the proxy’s, and the API stays where it is', async () => {
  await using api = await startApi(world.material.proxyCaSigned)
  await using client = await withClient({ CLIENT_API_PORT: String(api.port) })
  await using proxy = await startConnectProxy(api.port)
  expect(await client.visit(orderFor(proxy.port, { road: 'proxy' }))).toMatchObject({ outcome: 'accepted' })
  expect(proxy.asked).toEqual([`${HOSTS.api}:${api.port}`])
})

test('the attacker’s authority is trusted only where the order says so', async () => {
  await using client = await withClient()
  await using api = await startApi(await forged())
  const order = (trustsAttacker: boolean) => orderFor(api.port, { client: 'unpinned', trustsAttacker })
  expect(await client.visit(order(false))).toMatchObject({ outcome: 'refused', reason: 'chain' })
  expect(await client.visit(order(true))).toMatchObject({ outcome: 'accepted' })
})

test('a repackaged client believes the attacker, and carries a token that is worth nothing', async () => {
  await using client = await withClient()
  const certificate = await forged()
  await using api = await startApi(certificate)
  const pins = [
    { host: HOSTS.api, pins: [pinOfCertificate(certificate.chain), pinOfCertificate(world.material.root.chain)] },
  ]
  const asShipped = await client.visit(orderFor(api.port, { trustsAttacker: true }))
  const repackaged = await client.visit(orderFor(api.port, { trustsAttacker: true, repackaged: { pins } }))
  expect(asShipped).toMatchObject({ outcome: 'refused', reason: 'pin' })
  expect(repackaged).toMatchObject({ outcome: 'accepted' })
  expect(await isGenuine(api.requests[0]?.headers['approov-token'])).toBe(false)
})

test.each([
  ['no order at all', null, 'ORDER_INVALID'],
  ['an unknown road', { ...orderFor(1), road: 'sea' }, 'ORDER_INVALID'],
  ['a port that is none', { ...orderFor(1), port: 70_000 }, 'ORDER_INVALID'],
  ['an unknown client', { ...orderFor(1), client: 'pined-key' }, 'UNKNOWN_ID'],
  ['several clients', { ...orderFor(1), client: 'pinned-*' }, 'UNKNOWN_ID'],
])('%s is answered with its code', async (_what, order, code) => {
  await using client = await withClient()
  await expect(client.visit(order)).rejects.toMatchObject({ code })
})

test('nobody but the lab may order a visit', async () => {
  await using client = await withClient()
  const stranger = client.visit(orderFor(1), new Secret('token-of-another'))
  await expect(stranger).rejects.toMatchObject({ code: 'BACKSTAGE_DENIED' })
})

test('the control port says that it is healthy', async () => {
  await using client = await withClient()
  expect((await fetch(`${client.url}/healthz`)).status).toBe(200)
})

test('what a program that is not ours finds on the device is told, and nobody is visited', async () => {
  await using client = await withClient()
  await using api = await startApi(world.material.proxyCaSigned)
  const find = (more: object) => {
    const { client: _, ...place } = orderFor(api.port, { name: HOSTS.api })
    return callBackstage({ url: client.url, token: new Secret('token-of-the-lab') }, '/situation', {
      ...place,
      ...more,
    })
  }
  const found = await find({ trustsAttacker: true })
  expect(found).toMatchObject({
    situation: { origin: `https://${HOSTS.api}:${api.port}`, shipped: { pins: world.material.shipped.pins } },
  })
  const { situation, token } = found as { situation: { deviceAuthorities: string[] }; token: string }
  expect(situation.deviceAuthorities.length).toBeGreaterThan(
    ((await find({})) as { situation: { deviceAuthorities: string[] } }).situation.deviceAuthorities.length,
  )
  expect(await isGenuine(token)).toBe(true)
  expect(api.requests).toEqual([])
  await expect(find({ name: undefined })).rejects.toMatchObject({ code: 'ORDER_INVALID' })
})
