import { expect, test } from '@jest/globals'
import { judgeByEvidence } from '#lab/try/manual-judge.ts'
import type { ConnectionEvidence } from '#mitm/evidence.ts'

const TRUSTED = { id: 'trusted-authority', family: 'trust' } as const
const CONTROL = { id: 'none', family: 'control' } as const
const CLOSED = { spoken: 0, open: 0 }

function saw(...connections: readonly Partial<ConnectionEvidence>[]) {
  const all = connections.map((one) => ({ at: 0, handshake: 'failed' as const, applicationBytes: 0, ...one }))
  return { connections: all, applicationBytes: all.reduce((sum, one) => sum + one.applicationBytes, 0), requests: [] }
}

test('bytes outrank all else that was seen', () => {
  const evidence = saw({ failure: 'tlsv1 alert unknown ca' }, { handshake: 'completed', applicationBytes: 7 })
  expect(judgeByEvidence(TRUSTED, evidence, CLOSED)).toMatchObject({
    verdict: 'intercepted',
    why: expect.stringContaining('read 7 bytes'),
  })
})

test.each([
  ['an alert', saw({ failure: 'ssl/tls alert bad certificate' }), 'blocked'],
  ['a close after the handshake', saw({ handshake: 'completed' }), 'blocked'],
  ['nothing', saw(), 'inconclusive'],
  ['a connection without a handshake', saw({ handshake: 'connect-only' }), 'inconclusive'],
  ['only that the authority is not known', saw({ failure: 'tlsv1 alert unknown ca' }), 'inconclusive'],
] as const)('%s is judged by itself', (_, evidence, verdict) => {
  expect(judgeByEvidence(TRUSTED, evidence, CLOSED).verdict).toBe(verdict)
})

test('who was cut off by Enter has refused nothing', () => {
  const cut = saw({ failure: 'closed before the handshake ended' })
  expect(judgeByEvidence(TRUSTED, cut, { spoken: 0, open: 1 }).verdict).toBe('inconclusive')
  expect(judgeByEvidence(TRUSTED, saw({ handshake: 'completed' }), { spoken: 0, open: 1 }).verdict).toBe('inconclusive')
  expect(judgeByEvidence(TRUSTED, cut, CLOSED).verdict).toBe('blocked')
})

test('in the control only what was said inside TLS counts, however many bytes passed by', () => {
  const relayed = saw({ handshake: 'relayed', relayedBytes: 3_000 })
  expect(judgeByEvidence(CONTROL, relayed, CLOSED).verdict).toBe('inconclusive')
  expect(judgeByEvidence(CONTROL, relayed, { spoken: 1, open: 0 }).verdict).toBe('reached')
})
