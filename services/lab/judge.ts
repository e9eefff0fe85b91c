import type { ClientReport } from '#client/client.ts'
import type { Reason } from '#kit/check.ts'
import type { ConnectionEvidence, Evidence } from '#mitm/evidence.ts'
import { replaysInWords } from './replays.ts'

export const VERDICTS = ['reached', 'blocked', 'leaked', 'intercepted', 'inconclusive', 'not-applicable'] as const
export type VerdictWord = (typeof VERDICTS)[number]

/** What only a play can show: `not-applicable` says that there was none. */
export type PlayedWord = Exclude<VerdictWord, 'not-applicable'>

export interface Verdict {
  readonly verdict: PlayedWord
  /** Only a `blocked` has one. */
  readonly reason?: Reason
  /** One sentence: what both ends said. */
  readonly why: string
}

/**
 * What happened, from both ends' words. The attacker's bytes are asked first, for they cannot be mistaken: a client
 * that reports a refusal after its token is gone has leaked it, and one that broke has shown nothing.
 */
export function judge(report: ClientReport, evidence: Evidence): Verdict {
  const verdict = verdictOf(report, evidence)
  const replays = replaysInWords(evidence)
  return replays === undefined ? verdict : { ...verdict, why: `${verdict.why}; ${replays}` }
}

function verdictOf(report: ClientReport, evidence: Evidence): Verdict {
  const bytes = evidence.applicationBytes
  if (bytes > 0) {
    return report.outcome === 'accepted'
      ? { verdict: 'intercepted', why: `the client accepted the answer of an attacker who had read ${bytes} bytes` }
      : {
          verdict: 'leaked',
          why: `the client ended with ${report.code}, after ${bytes} bytes had reached the attacker`,
        }
  }
  if (report.outcome === 'accepted') return judgeAccepted(report, evidence)
  if (report.outcome === 'broken') {
    if (wasCutOff(report, evidence)) {
      return {
        verdict: 'blocked',
        reason: 'protocol',
        why: `TLS was refused to the client; it ended with ${report.code} and sent nothing in any other way`,
      }
    }
    return { verdict: 'inconclusive', why: `the client broke: ${report.code}: ${firstLine(report.message)}` }
  }
  if (report.reason === 'policy' && evidence.connections.length === 0) {
    return { verdict: 'blocked', reason: 'policy', why: `the client ended with ${report.code} before it connected` }
  }
  if (!metTheAttacker(evidence)) {
    return {
      verdict: 'inconclusive',
      why: `the client says ${report.code}, but never began a TLS handshake with the attacker`,
    }
  }
  return {
    verdict: 'blocked',
    reason: report.reason,
    why: `the client ended with ${report.code}; 0 application bytes arrived`,
  }
}

function judgeAccepted(report: Extract<ClientReport, { outcome: 'accepted' }>, { connections }: Evidence): Verdict {
  const { status, picture } = report
  // Nobody gets more out of TLS than went in: a picture that never passed is the client's own invention.
  const passed = connections.reduce((sum, { relayedBytes = 0 }) => sum + relayedBytes, 0)
  if (status === undefined) {
    return passed > 0
      ? { verdict: 'reached', why: `the client took the answer, of which ${passed} bytes were passed on` }
      : { verdict: 'inconclusive', why: 'the client says that it took an answer, but nothing was passed on' }
  }
  if (status !== 200 || !picture) {
    return { verdict: 'inconclusive', why: `the client was answered with status ${status} and no picture` }
  }
  return passed > (picture.image?.bytes ?? 0)
    ? { verdict: 'reached', why: `the client got '${picture.title}'` }
    : { verdict: 'inconclusive', why: `the client shows '${picture.title}', but only ${passed} bytes were passed on` }
}

// A refusal proves something only about a certificate that was shown, be it the genuine one through a relay, or about a
// greeting that was not answered in TLS.
// The one exception is a refusal to go there at all: it sends nothing to anybody, and the control shows that it is not
// a refusal to go anywhere.
function metTheAttacker(evidence: Evidence): boolean {
  return evidence.connections.some(({ handshake }) => HANDSHAKES.includes(handshake))
}

const HANDSHAKES: readonly ConnectionEvidence['handshake'][] = ['completed', 'failed', 'refused', 'relayed']

/**
 * Where the attacker refuses TLS, to break is all that a sound client can do. So it counts, but only of a client that
 * broke for that: each of its connections was refused, and what it reports is a connection that the other side ended.
 */
function wasCutOff(
  { code, message }: Extract<ClientReport, { outcome: 'broken' }>,
  { connections }: Evidence,
): boolean {
  const refused = connections.length > 0 && connections.every(({ handshake }) => handshake === 'refused')
  const alerted = /_ALERT_/.test(code) || (code === 'EPROTO' && / alert /.test(message))
  return refused && (alerted || ENDED_BY_THE_OTHER_SIDE.includes(code))
}

const ENDED_BY_THE_OTHER_SIDE = [
  ...['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'CONNECTION_CLOSED'],
  // A proxy that opens no tunnel, in the words of the pinning library, of Node and of undici.
  ...['PROXY_REFUSED', 'ERR_PROXY_TUNNEL', 'UND_ERR_ABORTED'],
]

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
