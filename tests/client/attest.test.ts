import { createServer } from 'node:https'
import { beforeAll, expect, test } from '@jest/globals'
import { jwtVerify } from 'jose'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry, type Registry } from '#attestation/registry.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { createAttested } from '#client/attest.ts'
import { listen } from '#kit/listen.ts'
import { silentLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'

const MEASUREMENT = 'c'.repeat(64)

let material: Material
beforeAll(async () => {
  material = await createMaterial({ now: new Date() })
})

/** The service and one app of its own; `time.now` is everybody's clock, `asked` counts the questions. */
async function withApp(options: { authorities?: readonly string[]; tls?: Material['nasa'] } = {}) {
  const time = { now: new Date() }
  const asked = { times: 0 }
  const known = memoryRegistry([MEASUREMENT])
  const registered: Registry = {
    has(measurement) {
      asked.times += 1
      return known.has(measurement)
    },
  }
  const now = () => time.now
  const service = await startAttestation(
    { tls: options.tls ?? material.attestation, secret: new Secret(material.attestationSecret), tokenLife: 300_000 },
    { log: silentLog(), now, registered },
  )
  const app = createAttested({
    address: { host: '127.0.0.1', port: service.port },
    authorities: options.authorities ?? [material.root.chain],
    measurement: MEASUREMENT,
    now,
  })
  return {
    app,
    time,
    asked,
    service,
    async [Symbol.asyncDispose]() {
      app.close()
      await service.close()
    },
  }
}

test('an app gets the token that its measurement earns', async () => {
  await using world = await withApp()
  const key = new TextEncoder().encode(material.attestationSecret)
  await expect(jwtVerify(await world.app.token(), key)).resolves.toBeTruthy()
})

test('a token is asked for once while it lives', async () => {
  await using world = await withApp()
  const first = await world.app.token()
  expect([await world.app.token(), world.asked.times]).toEqual([first, 1])
})

test('all who wait at the same time share one question', async () => {
  await using world = await withApp()
  const tokens = await Promise.all([world.app.token(), world.app.token(), world.app.token()])
  expect([new Set(tokens).size, world.asked.times]).toEqual([1, 1])
})

test('shortly before a token ends, another one is asked for', async () => {
  await using world = await withApp()
  const start = world.time.now.getTime()
  await world.app.token()
  world.time.now = new Date(start + 285_000)
  await world.app.token()
  const early = world.asked.times
  world.time.now = new Date(start + 295_000)
  await world.app.token()
  expect([early, world.asked.times]).toEqual([1, 2])
})

test('a failure is not kept: the next call asks again', async () => {
  await using world = await withApp()
  await world.service.close()
  await expect(world.app.token()).rejects.toMatchObject({ code: 'ATTESTATION_UNREACHABLE' })
  await expect(world.app.token()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test.each([
  [
    'from an authority that the app was not shipped with',
    () => ({ authorities: [material.attacker.trustedAuthority.chain] }),
  ],
  ['for another name', () => ({ tls: material.attacker.otherHost })],
])('a service with a certificate %s is told nothing', async (_what, options) => {
  await using world = await withApp(options())
  await expect(world.app.token()).rejects.toMatchObject({ code: 'ATTESTATION_UNREACHABLE' })
  expect(world.asked.times).toBe(0)
})

test.each([
  ['a refusal', 500, '{"code":"ATTESTATION_UNDECIDED"}', 'ATTESTATION_REFUSED'],
  ['no token', 200, '{}', 'ATTESTATION_REFUSED'],
  ['no JSON', 200, '<html>', 'ATTESTATION_UNREACHABLE'],
])('%s for an answer is named', async (_what, status, body, code) => {
  const server = createServer(
    { key: material.attestation.key, cert: material.attestation.chain },
    (_request, response) => response.writeHead(status).end(body),
  )
  await using service = await listen(server, { what: 'an odd service' })
  const app = createAttested({
    address: { host: '127.0.0.1', port: service.port },
    authorities: [material.root.chain],
    measurement: MEASUREMENT,
    now: () => new Date(),
  })
  await expect(app.token()).rejects.toMatchObject({ code })
  app.close()
})
