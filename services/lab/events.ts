import type { ClientReport } from '#client/client.ts'
import type { ConnectionEvidence, RecordedRequest } from '#mitm/evidence.ts'
import type { Played } from './stage.ts'

/** One thing that one of the two ends did in a play. */
export interface PlayEvent {
  /** ms since the play was armed, on the one clock of both ends */
  readonly at: number
  readonly side: 'client' | 'attacker'
  readonly kind: 'began' | 'ended' | 'connection' | 'request'
  /** Which of `evidence.connections` or `evidence.requests` it is. */
  readonly index?: number
  /** In words. */
  readonly what: string
}

/** What both ends did, in the order in which it happened. */
export function eventsOf({ report, evidence: { connections, requests }, began = 0, steps = [] }: Played): PlayEvent[] {
  const visits = steps.length > 0 ? steps : [{ step: 'begins its visit', report, began }]
  let ended = began
  const events: PlayEvent[] = visits.flatMap((visit): PlayEvent[] => {
    const from = visit.began ?? ended
    ended = from + visit.report.ms
    return [
      { at: from, side: 'client', kind: 'began', what: visit.step },
      { at: ended, side: 'client', kind: 'ended', what: endLine(visit.report) },
    ]
  })
  for (const [index, one] of connections.entries()) {
    events.push({ at: one.at, side: 'attacker', kind: 'connection', index, what: connectionLine(one) })
  }
  for (const [index, one] of requests.entries()) {
    events.push({ at: one.at, side: 'attacker', kind: 'request', index, what: requestLine(one) })
  }
  return events.sort((a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind])
}

/** Among those of one millisecond: what leads to something comes before what it leads to. */
const RANK: Readonly<Record<PlayEvent['kind'], number>> = { began: 0, connection: 1, request: 2, ended: 3 }

/** `refused (pin): PIN_MISMATCH` */
export function endLine(report: ClientReport): string {
  if (report.outcome === 'accepted') {
    return `accepted: status ${report.status}${report.picture ? `, “${report.picture.title}”` : ', no picture'}`
  }
  return `${report.outcome}${report.outcome === 'refused' ? ` (${report.reason})` : ''}: ${report.code}`
}

/** `TLS handshake failed for api.lab.test: certificate unknown` */
export function connectionLine({ handshake, sni, tlsVersion, failure, ...seen }: ConnectionEvidence): string {
  const details = [
    ...(seen.resumed ? ['of an earlier session'] : []),
    ...(sni === undefined ? [] : [`for ${sni}`]),
    ...(tlsVersion === undefined ? [] : [`with ${tlsVersion}`]),
    ...(seen.alpn === undefined ? [] : [`speaking ${seen.alpn}`]),
  ]
  const bytes = seen.applicationBytes > 0 ? `, ${seen.applicationBytes} bytes read` : ''
  const what = handshakeInWords(handshake, seen.relayedBytes ?? 0)
  return `${[what, ...details].join(' ')}${bytes}${failure === undefined ? '' : `: ${failure}`}`
}

function handshakeInWords(handshake: ConnectionEvidence['handshake'], relayed: number): string {
  if (handshake === 'relayed') return `passed on blindly, ${relayed} encrypted bytes`
  if (handshake === 'refused') return 'greeted in TLS, which the attacker refused'
  if (handshake === 'connect-only') return 'connected, and no TLS handshake ended'
  return `TLS handshake ${handshake}`
}

export function requestLine({ method, path, headers, altered }: RecordedRequest): string {
  const host = headers.host ?? headers.Host
  const answer = altered ? `, answered with ${altered.what === 'json' ? 'altered JSON' : 'another picture'}` : ''
  return `${method} ${path}${host === undefined ? '' : ` at ${String(host)}`}${answer}`
}
