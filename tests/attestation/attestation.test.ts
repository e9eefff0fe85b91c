import { once } from 'node:events'
import { Writable } from 'node:stream'
import { connect } from 'node:tls'
import { expect, test } from '@jest/globals'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import { createLog, silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'
import { GENUINE, secretOf, TAMPERED, withService } from './service.ts'

const tokenOf = (reply: { body: Readonly<Record<string, unknown>> }) => String(reply.body.token)

test('a registered app gets a token that the shared secret verifies', async () => {
  await using world = await withService()
  const reply = await world.attest(GENUINE)
  expect(reply.status).toBe(200)
  await expect(jwtVerify(tokenOf(reply), secretOf(world.material), { algorithms: ['HS256'] })).resolves.toBeTruthy()
})

test('an app that is not registered gets a token that the shared secret does not verify', async () => {
  await using world = await withService()
  const reply = await world.attest(TAMPERED)
  expect(reply.status).toBe(200)
  await expect(jwtVerify(tokenOf(reply), secretOf(world.material))).rejects.toMatchObject({
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})

test('nothing but the signature tells a genuine answer from a worthless one', async () => {
  const instant = new Date()
  await using world = await withService({ now: () => instant })
  const [genuine, worthless] = [await world.attest(GENUINE), await world.attest(TAMPERED)]
  const shape = (reply: typeof genuine) => ({
    status: reply.status,
    headers: { ...reply.headers, date: '' },
    fields: Object.keys(reply.body),
    expiresAt: reply.body.expiresAt,
    header: decodeProtectedHeader(tokenOf(reply)),
    claims: decodeJwt(tokenOf(reply)),
    length: tokenOf(reply).length,
  })
  expect(shape(worthless)).toEqual(shape(genuine))
})

test('each worthless token is signed with a key of its own', async () => {
  const instant = new Date()
  await using world = await withService({ now: () => instant })
  const first = tokenOf(await world.attest(TAMPERED))
  expect(tokenOf(await world.attest(TAMPERED))).not.toBe(first)
})

test('a token lives as long as the setting says, and the answer names its end', async () => {
  const instant = new Date('2026-03-01T12:00:00.700Z')
  await using world = await withService({ tokenLife: 120_000, now: () => instant })
  const reply = await world.attest(GENUINE)
  const issuedAt = Math.floor(instant.getTime() / 1000)
  expect(decodeJwt(tokenOf(reply))).toEqual({ iat: issuedAt, exp: issuedAt + 120 })
  expect(reply.body.expiresAt).toBe('2026-03-01T12:02:00.000Z')
})

test('an app that is registered while the service runs gets genuine tokens from then on', async () => {
  const registered = memoryRegistry()
  await using world = await withService({ registered })
  const verify = async () => jwtVerify(tokenOf(await world.attest(GENUINE)), secretOf(world.material))
  await expect(verify()).rejects.toThrow()
  registered.add(GENUINE)
  await expect(verify()).resolves.toBeTruthy()
})

test('a token is not to be kept by caches', async () => {
  await using world = await withService()
  expect((await world.attest(GENUINE)).headers['cache-control']).toBe('no-store')
})

test.each([
  ['a body that is not JSON', 'POST', '/attest', '{', 400, 'BODY_NOT_JSON'],
  ['no body', 'POST', '/attest', undefined, 400, 'BODY_NOT_JSON'],
  ['a body that is no object', 'POST', '/attest', 'null', 400, 'MEASUREMENT_INVALID'],
  ['no measurement', 'POST', '/attest', '{}', 400, 'MEASUREMENT_INVALID'],
  ['a measurement that is too short', 'POST', '/attest', '{"measurement":"ab"}', 400, 'MEASUREMENT_INVALID'],
  ['a measurement that is a number', 'POST', '/attest', '{"measurement":1}', 400, 'MEASUREMENT_INVALID'],
  ['a body that is too large', 'POST', '/attest', 'x'.repeat(100_000), 413, 'BODY_TOO_LARGE'],
  ['an unknown path', 'GET', '/tokens', undefined, 404, 'PATH_UNKNOWN'],
  ['the wrong method', 'GET', '/attest', undefined, 405, 'METHOD_NOT_ALLOWED'],
  ['a method nobody has heard of there', 'DELETE', '/attest', undefined, 405, 'METHOD_NOT_ALLOWED'],
])('%s is answered with its own code', async (_what, method, path, body, status, code) => {
  await using world = await withService()
  const reply = await world.send(method, path, body)
  expect(reply).toMatchObject({ status, body: { code, message: expect.any(String), id: expect.any(String) } })
})

test('a body that never says how long it is stops being read at the limit', async () => {
  await using world = await withService()
  const socket = connect({
    host: '127.0.0.1',
    port: world.port,
    ca: world.material.root.chain,
    servername: HOSTS.attestation,
  })
  await once(socket, 'secureConnect')
  socket.write(
    `POST /attest HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${'400\r\n'}${'x'.repeat(1024)}\r\n5\r\nxxxxx\r\n`,
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413/)
  socket.destroy()
})

test('the service says that it is healthy', async () => {
  await using world = await withService()
  expect(await world.send('GET', '/healthz')).toMatchObject({ status: 200, body: { ok: true } })
})

test('a request is logged with its outcome, and never with a token', async () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  await using world = await withService({ log: createLog({ name: 'attestation', destination }) })
  const token = tokenOf(await world.attest(TAMPERED))
  expect(JSON.parse(lines.join(''))).toMatchObject({
    method: 'POST',
    path: '/attest',
    status: 200,
    attested: { measurement: TAMPERED, genuine: false },
  })
  expect(lines.join('')).not.toContain(token)
})

test('a registry that cannot be read is an error of the service, not a verdict on the app', async () => {
  const registered = { has: async () => Promise.reject(new Error('disk on fire')) }
  await using world = await withService({ registered })
  const reply = await world.attest(GENUINE)
  expect(reply).toMatchObject({ status: 500, body: { code: 'ATTESTATION_UNDECIDED' } })
  expect(JSON.stringify(reply.body)).not.toContain('fire')
})

test('a key that does not belong to the certificate is refused at the start', async () => {
  await using world = await withService()
  const tls = { chain: world.material.attestation.chain, key: world.material.nasa.key }
  const starting = startAttestation(
    { tls, secret: new Secret(world.material.attestationSecret), tokenLife: 1000 },
    { log: silentLog(), now: () => new Date(), registered: memoryRegistry() },
  )
  await expect(starting).rejects.toMatchObject({ code: 'CERTIFICATE_UNUSABLE' })
})

test.each(['', 'too-short', '31-bytes-are-one-byte-too-few--'])(
  "the secret '%s' is refused at the start, and not printed",
  async (secret) => {
    await using world = await withService()
    const starting = startAttestation(
      { tls: world.material.attestation, secret: new Secret(secret), tokenLife: 1000 },
      { log: silentLog(), now: () => new Date(), registered: memoryRegistry() },
    )
    const error = await starting.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SECRET_UNUSABLE' })
    if (secret) expect(String(error)).not.toContain(secret)
  },
)
