import { createServer } from 'node:net'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import type { Credentials } from '#certs/credentials.ts'
import { failureOf } from '#client/refusal.ts'
import { visit } from '#client/run.ts'
import type { Reason } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { listen } from '#kit/listen.ts'
import { HOSTS } from '#kit/names.ts'
import { attest, startApi, type World, withMaterial } from './world.ts'

const withCode = (code: string, message = 'what happened') => Object.assign(new Error(message), { code })

const REFUSALS: readonly (readonly [Reason, readonly string[]])[] = [
  ['pin', ['PIN_MISMATCH']],
  ['hostname', ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']],
  ['validity', ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERROR_IN_CERT_NOT_AFTER_FIELD']],
  [
    'chain',
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_SIGNATURE_FAILURE',
      'CERT_REVOKED',
      'CERT_UNTRUSTED',
      'CERT_REJECTED',
      'CERT_CHAIN_TOO_LONG',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'PATH_LENGTH_EXCEEDED',
      'UNSPECIFIED',
    ],
  ],
  ['protocol', ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_UNSUPPORTED_PROTOCOL']],
  [
    'policy',
    [
      'CLIENT_OFF_ORIGIN',
      'CLIENT_HTTPS_ONLY',
      'HOST_NOT_PINNED',
      'HOST_REFUSED',
      'NOT_HTTPS',
      'REDIRECT_REFUSED',
      'TLS_CHECKS_DISABLED',
    ],
  ],
]

test.each(REFUSALS.flatMap(([reason, codes]) => codes.map((code) => [code, reason] as const)))(
  '%s means distrust, because of the %s',
  (code, reason) => {
    expect(failureOf(withCode(code))).toEqual({ outcome: 'refused', reason, code, message: 'what happened' })
  },
)

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
  'OUT_OF_MEM',
  'PROXY_REFUSED',
  'CONNECT_TIMEOUT',
  'POLICY_INVALID',
  'CLIENT_TIMED_OUT',
  'ANSWER_MALFORMED',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'SOMETHING_NOBODY_KNOWS',
])('%s means that it broke', (code) => {
  expect(failureOf(withCode(code))).toEqual({ outcome: 'broken', code, message: 'what happened' })
})

test('an alert from the other side is its refusal and not the client’s', () => {
  const error = withCode('EPROTO', 'write EPROTO 80:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure')
  expect(failureOf(error).outcome).toBe('broken')
})

test('an error that only wraps another is decided by its cause', () => {
  const wrapped = new Error('outer', { cause: withCode('ERR_GOT_REQUEST_ERROR') })
  wrapped.cause = Object.assign(new Error('middle', { cause: withCode('PIN_MISMATCH', 'inner') }), {
    code: 'ERR_OTHER',
  })
  expect(failureOf(wrapped)).toMatchObject({
    outcome: 'refused',
    reason: 'pin',
    code: 'PIN_MISMATCH',
    message: 'inner',
  })
})

test('a token that could not be had is never a refusal of the API, even for want of trust', () => {
  const error = new LabError('CLIENT_UNATTESTED', 'no token', { cause: withCode('CERT_HAS_EXPIRED') })
  expect(failureOf(error)).toMatchObject({ outcome: 'broken', code: 'CLIENT_UNATTESTED' })
})

test('an error without a code gives way to its cause that has one, as below fetch', () => {
  const cause = Object.assign(new Error('ssl/tls alert handshake failure'), { code: 'ERR_SSL_X_ALERT_Y' })
  expect(failureOf(new TypeError('fetch failed', { cause }))).toEqual({
    outcome: 'broken',
    code: 'ERR_SSL_X_ALERT_Y',
    message: 'ssl/tls alert handshake failure',
  })
})

test('a cause that leads back to itself comes to an end', () => {
  const error = new Error('round')
  error.cause = error
  expect(failureOf(error)).toEqual({ outcome: 'broken', code: 'CLIENT_BROKE', message: 'round' })
})

test.each(['text', undefined, null, 42])('%p thrown is still an answer', (thrown) => {
  expect(failureOf(thrown)).toEqual({ outcome: 'broken', code: 'CLIENT_BROKE', message: String(thrown) })
})

describe('on real sockets, an unpinned client', () => {
  let world: World
  beforeAll(async () => {
    world = await withMaterial()
  })
  const now = new Date()
  const ago = { from: new Date(now.getTime() - 9e8), until: new Date(now.getTime() - 8e8) }
  const later = { from: new Date(now.getTime() + 8e8), until: new Date(now.getTime() + 9e8) }
  const names = [HOSTS.api]
  const signedBy = () => ({ signedBy: world.material.intermediate, names, validity: lasting(now, 1) })
  const cases: readonly (readonly [string, Reason, () => Promise<Credentials>])[] = [
    ['a certificate that signed itself', 'chain', () => issue({ names, validity: lasting(now, 1) })],
    ['a certificate for another name', 'hostname', async () => world.material.attacker.otherHost],
    ['an expired certificate', 'validity', () => issue({ ...signedBy(), validity: ago })],
    ['a certificate that is not valid yet', 'validity', () => issue({ ...signedBy(), validity: later })],
  ]

  test.each(cases)('refuses %s because of the %s, and says nothing', async (_what, reason, credentials) => {
    await using api = await startApi(await credentials())
    const report = await visit(world.client('unpinned'), world.situation(api.port), { attest })
    expect(report).toMatchObject({ outcome: 'refused', reason })
    expect(api.seen).toEqual({ connections: 1, bytes: 0 })
  })

  test('refuses a server that speaks no TLS because of the protocol', async () => {
    const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\n\r\n'))
    await using listening = await listen(plain, { what: 'a plain server' })
    const report = await visit(world.client('unpinned'), world.situation(listening.port), { attest })
    expect(report).toMatchObject({ outcome: 'refused', reason: 'protocol' })
  })

  test('is broken, not safe, where the connection is refused', async () => {
    const listening = await listen(createServer(), { what: 'a port that is free a moment later' })
    await listening.close()
    const report = await visit(world.client('unpinned'), world.situation(listening.port), { attest })
    expect(report).toMatchObject({ outcome: 'broken', code: 'ECONNREFUSED' })
  })

  test('is broken, not safe, where the connection is cut', async () => {
    await using listening = await listen(
      createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
      { what: 'a cutter' },
    )
    const report = await visit(world.client('unpinned'), world.situation(listening.port), { attest })
    expect(report).toMatchObject({ outcome: 'broken', code: 'ECONNRESET' })
  })
})
