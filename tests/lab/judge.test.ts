import { describe, expect, test } from '@jest/globals'
import type { ClientReport } from '#client/client.ts'
import { judge } from '#lab/judge.ts'
import type { ConnectionEvidence, Evidence } from '#mitm/evidence.ts'

const accepted = {
  outcome: 'accepted',
  status: 200,
  picture: { date: '2017-01-01', title: 'A title', explanation: 'Words.' },
  ms: 5,
} satisfies ClientReport
const refused: ClientReport = { outcome: 'refused', reason: 'pin', code: 'PIN_MISMATCH', message: 'no match', ms: 5 }
const elsewhere: ClientReport = {
  outcome: 'refused',
  reason: 'policy',
  code: 'HOST_NOT_PINNED',
  message: 'no pins',
  ms: 5,
}
const alerted: ClientReport = { outcome: 'broken', code: 'EPROTO', message: 'ssl/tls alert handshake failure', ms: 5 }
const crashed: ClientReport = { outcome: 'broken', code: 'CLIENT_BROKE', message: 'x is not a function', ms: 5 }
const broken: ClientReport = { outcome: 'broken', code: 'ECONNRESET', message: 'socket hang up', ms: 5 }

function saw(applicationBytes: number, ...handshakes: ConnectionEvidence['handshake'][]): Evidence {
  const connections = handshakes.map((handshake) => ({ at: 1, handshake, applicationBytes }))
  return { connections, applicationBytes, requests: [] }
}

function passed(relayedBytes: number): Evidence {
  const connections = [{ at: 1, handshake: 'relayed', applicationBytes: 0, relayedBytes }] as const
  return { connections, applicationBytes: 0, requests: [] }
}

function withImage(bytes: number): ClientReport {
  return { ...accepted, picture: { ...accepted.picture, image: { contentType: 'image/jpeg', bytes, sha256: 'x' } } }
}

describe('the attacker’s bytes outrank the client’s word', () => {
  test.each([
    ['an accepted answer with bytes read is intercepted', accepted, saw(300, 'completed'), 'intercepted', undefined],
    ['a refusal with no byte read is blocked, for the reason given', refused, saw(0, 'failed'), 'blocked', 'pin'],
    [
      'a refusal under TLS 1.2 completes the handshake and is still blocked',
      refused,
      saw(0, 'completed'),
      'blocked',
      'pin',
    ],
    ['a refusal after the first byte has leaked', refused, saw(1, 'completed'), 'leaked', undefined],
    ['a crash after the first byte has leaked', broken, saw(412, 'completed'), 'leaked', undefined],
    ['a crash with no byte read proves nothing', broken, saw(0, 'completed'), 'inconclusive', undefined],
    ['a refusal without any connection proves nothing', refused, saw(0), 'inconclusive', undefined],
    ['a refusal without a TLS handshake proves nothing', refused, saw(0, 'connect-only'), 'inconclusive', undefined],
    ['a refusal to go there at all is blocked by policy', elsewhere, saw(0), 'blocked', 'policy'],
    [
      'a refusal on policy after a bare connection proves nothing',
      elsewhere,
      saw(0, 'connect-only'),
      'inconclusive',
      undefined,
    ],
    ['a refusal on policy after the first byte has leaked', elsewhere, saw(1, 'completed'), 'leaked', undefined],
    ['a client that is reset where TLS is refused is blocked', broken, saw(0, 'refused'), 'blocked', 'protocol'],
    ['a client that gets an alert, twice, is blocked', alerted, saw(0, 'refused', 'refused'), 'blocked', 'protocol'],
    ['a crash where TLS is refused proves nothing', crashed, saw(0, 'refused'), 'inconclusive', undefined],
    [
      'a reset of one connection among others proves nothing',
      broken,
      saw(0, 'refused', 'failed'),
      'inconclusive',
      undefined,
    ],
    ['a reset before any greeting proves nothing', broken, saw(0, 'connect-only'), 'inconclusive', undefined],
    ['a second try in clear has leaked', broken, saw(9, 'refused', 'connect-only'), 'leaked', undefined],
    ['a picture that only a relay passed on has reached', accepted, passed(5000), 'reached', undefined],
    ['a picture without any connection proves nothing', accepted, saw(0), 'inconclusive', undefined],
    ['a picture before anything was passed on proves nothing', accepted, passed(0), 'inconclusive', undefined],
    ['a picture that no relay passed on proves nothing', accepted, saw(0, 'completed'), 'inconclusive', undefined],
    ['an image larger than all that passed proves nothing', withImage(6000), passed(5000), 'inconclusive', undefined],
    ['an image smaller than all that passed has reached', withImage(4000), passed(5000), 'reached', undefined],
  ] as const)('%s', (_, report, evidence, verdict, reason) => {
    expect(judge(report, evidence)).toMatchObject({ verdict, ...(reason ? { reason } : {}) })
    expect('reason' in judge(report, evidence)).toBe(reason !== undefined)
  })

  test('an error page is not the genuine answer', () => {
    const answered: ClientReport = { outcome: 'accepted', status: 502, ms: 5 }
    expect(judge(answered, saw(0, 'relayed'))).toMatchObject({ verdict: 'inconclusive' })
  })

  test('the sentence names both ends', () => {
    expect(judge(refused, saw(412, 'completed')).why).toBe(
      'the client ended with PIN_MISMATCH, after 412 bytes had reached the attacker',
    )
  })
})
