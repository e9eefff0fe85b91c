import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import { measureClient } from '#client/app.ts'
import { loadClients } from '#client/catalogue.ts'
import type { VisitOrder } from '#client/client.ts'
import { clientConfig } from '#client/config.ts'
import { openRemoteVisit } from '#client/remote-visit.ts'
import { openVisit, type Visit } from '#client/run.ts'
import { startClient } from '#client/serve.ts'
import { createVisits } from '#client/visits.ts'
import { callBackstage } from '#kit/backstage.ts'
import { silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'
import { install } from './installed.ts'
import { type Api, attest, startApi, toLoopback, type World, withMaterial } from './world.ts'

let world: World
let api: Api
beforeAll(async () => {
  world = await withMaterial()
  api = await startApi(world.material.proxyCaSigned)
})
afterAll(() => api?.close())

const token = new Secret('token-of-the-lab')
const now = () => new Date()

/** A client in a process of its own, as far as its control port goes. */
async function withClient(patience?: number) {
  const stack = new AsyncDisposableStack()
  const files = stack.use(await install(world.material))
  const secret = new Secret(world.material.attestationSecret)
  const registered = memoryRegistry([await measureClient(world.material.shipped)])
  const attestation = stack.use(
    await startAttestation(
      { tls: world.material.attestation, secret, tokenLife: 60_000 },
      { log: silentLog(), now, registered },
    ),
  )
  const address = `127.0.0.1:${attestation.port}`
  const config = clientConfig({ ...files.clientEnv, CLIENT_ATTESTATION_ADDRESS: address })
  const clients = new Map(
    [...(await loadClients())].map(([id, one]) => [
      id,
      { ...one, open: (situation: Parameters<typeof one.open>[0]) => one.open({ ...situation, lookup: toLoopback }) },
    ]),
  )
  const deps = { log: silentLog(), now, clients, token, ...(patience !== undefined && { patience }) }
  const client = stack.use(await startClient(config, deps))
  return {
    door: { url: `http://127.0.0.1:${client.port}`, token },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const order = (more: Partial<VisitOrder> = {}): VisitOrder => ({
  client: 'pinned-key',
  port: api.port,
  road: 'takeover',
  trustsAttacker: false,
  timeout: 5_000,
  ...more,
})

test('two looks of one visit go over one connection, each with a token', async () => {
  await using client = await withClient()
  const before = api.requests.length
  const { visit } = await openRemoteVisit(client.door, order())
  expect(await visit.look()).toMatchObject({ outcome: 'accepted', status: 200 })
  expect(await visit.look()).toMatchObject({ outcome: 'accepted', status: 200 })
  await visit.close()
  const requests = api.requests.slice(before)
  expect(requests).toHaveLength(4)
  expect(new Set(requests.map(({ clientPort }) => clientPort)).size).toBe(1)
  expect(requests.every(({ headers }) => headers['approov-token'] !== undefined)).toBe(true)
})

test('a glance carries no token', async () => {
  await using client = await withClient()
  const { visit, origin } = await openRemoteVisit(client.door, order())
  expect(await visit.glance(`${origin}/healthz`)).toMatchObject({ outcome: 'accepted' })
  await visit.close()
  expect(api.requests.at(-1)).toMatchObject({ path: '/healthz' })
  expect(api.requests.at(-1)?.headers).not.toHaveProperty('approov-token')
})

test('new pins decide about the next look, and the same once more change nothing', async () => {
  await using client = await withClient()
  const { visit, shipped } = await openRemoteVisit(client.door, order())
  expect(await visit.renewPins(shipped.pins)).toBeUndefined()
  expect(await visit.look()).toMatchObject({ outcome: 'accepted' })
  expect(await visit.renewPins(shipped.pins.map((one) => ({ ...one, pins: one.pins.slice(1) })))).toBeUndefined()
  expect(await visit.look()).toMatchObject({ outcome: 'refused', reason: 'pin' })
  await visit.close()
})

test('a step that the client has no function for is told as broken', async () => {
  await using client = await withClient()
  const { visit } = await openRemoteVisit(client.door, order({ client: 'unpinned' }))
  expect(await visit.renewPins([])).toMatchObject({ outcome: 'broken', code: 'CLIENT_UNABLE' })
  await visit.close()
})

test('a visit that was left is closed, and takes no further step', async () => {
  await using client = await withClient()
  const { visit } = await openRemoteVisit(client.door, order())
  await visit.look()
  await visit.close()
  await api.idle()
  await expect(visit.look()).rejects.toMatchObject({ code: 'VISIT_UNKNOWN' })
})

test('a visit that nobody leaves ends by itself', async () => {
  await using client = await withClient(500)
  const { visit } = await openRemoteVisit(client.door, order())
  await visit.look().catch(() => {})
  await api.idle()
  await expect(visit.look()).rejects.toMatchObject({ code: 'VISIT_UNKNOWN' })
})

test('a client that closes takes the visits along that nobody has left', async () => {
  const client = await withClient()
  const { visit } = await openRemoteVisit(client.door, order())
  await visit.look()
  await client[Symbol.asyncDispose]()
  await api.idle()
  expect(api.open()).toBe(0)
})

test('more visits than anybody leads are turned away, and welcome again when one is left', async () => {
  const visits = createVisits()
  const one = (): Visit => openVisit(world.client('unpinned'), world.situation(api.port), { attest })
  const [first = ''] = Array.from({ length: 500 }, () => visits.enter('unpinned', one()))
  expect(() => visits.enter('unpinned', one())).toThrow(expect.objectContaining({ code: 'TOO_MANY_VISITS' }))
  await visits.leave(first)
  expect(visits.enter('unpinned', one())).toMatch(/^unpinned-\d+$/)
  await visits.close()
})

test.each([
  ['the usual name', {}, `https://${HOSTS.api}`],
  ['another spelling', { name: 'API.lab.test.' }, 'https://API.lab.test.'],
  ['in clear', { clear: true }, `http://${HOSTS.api}`],
] as const)('an order says how the API is to be addressed: %s', async (_, more, address) => {
  await using client = await withClient()
  const { visit, origin } = await openRemoteVisit(client.door, order(more))
  await visit.close()
  expect(origin).toBe(`${address}:${api.port}`)
})

test.each([
  ['elsewhere', (): string => HOSTS.evil],
  ['its-own', (): string => `${HOSTS.api}:${api.port}`],
] as const)('an order prescribes a Host header: %s', async (hostHeader, seen) => {
  await using client = await withClient()
  await callBackstage(client.door, '/visit', order({ client: 'unpinned', hostHeader }))
  expect(api.requests.at(-1)?.headers.host).toBe(seen())
})

test.each([
  ['/open', { hostHeader: 'evil.lab.test' }],
  ['/open', { clear: false }],
  ['/open', { environment: 'none' }],
  ['/open', { name: 'api.lab.test/path' }],
  ['/open', { surprise: 1 }],
  ['/visit', { repackaged: { key: 'PEM' } }],
] as const)('%s refuses an order with %j', async (path, more) => {
  await using client = await withClient()
  await expect(callBackstage(client.door, path, { ...order(), ...more })).rejects.toMatchObject({
    code: 'ORDER_INVALID',
  })
})

test.each([
  ['/step', { visit: 'pinned-key-1', act: 'jump' }],
  ['/step', { visit: 'pinned-key-1', act: 'glance', address: 'no address' }],
  ['/step', { visit: 'pinned-key-1', act: 'look', also: 1 }],
  ['/leave', {}],
] as const)('%s refuses %j', async (path, sent) => {
  await using client = await withClient()
  await expect(callBackstage(client.door, path, sent)).rejects.toMatchObject({ code: 'ORDER_INVALID' })
})

test('a step of a visit that was never opened is told so', async () => {
  await using client = await withClient()
  const step = callBackstage(client.door, '/step', { visit: 'pinned-key-9', act: 'look' })
  await expect(step).rejects.toMatchObject({ code: 'VISIT_UNKNOWN' })
})
