import type { ClientReport } from '#client/client.ts'
import type { ConnectionEvidence, Evidence, RecordedRequest } from '#mitm/evidence.ts'
import type { Played } from './stage.ts'
import type { Told } from './storyline.ts'

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
export function eventsOf({ report, evidence, began = 0, steps = [] }: Played): PlayEvent[] {
  const visits = steps.length > 0 ? steps : [{ step: 'begins its visit', report, began }]
  const client = clientEvents(visits, began)
  const attacker = attackerEvents(evidence)
  const merged: PlayEvent[] = []
  for (const event of client) {
    // Within one ms what leads to something comes before what it leads to.
    const comesFirst = ({ at }: PlayEvent) => at < event.at || (at === event.at && event.kind === 'ended')
    while (attacker[0] && comesFirst(attacker[0])) merged.push(...attacker.splice(0, 1))
    merged.push(event)
  }
  return [...merged, ...attacker]
}

function clientEvents(visits: readonly Told[], began: number): PlayEvent[] {
  let ended = began
  return visits.flatMap(({ step, report, began: from = ended }): PlayEvent[] => {
    ended = from + report.ms
    return [
      { at: from, side: 'client', kind: 'began', what: step },
      { at: ended, side: 'client', kind: 'ended', what: endLine(report) },
    ]
  })
}

function attackerEvents({ connections, requests }: Evidence): PlayEvent[] {
  const events: PlayEvent[] = []
  for (const [index, one] of connections.entries()) {
    events.push({ at: one.at, side: 'attacker', kind: 'connection', index, what: connectionLine(one) })
  }
  for (const [index, one] of requests.entries()) {
    events.push({ at: one.at, side: 'attacker', kind: 'request', index, what: requestLine(one) })
  }
  return events.sort((a, b) => a.at - b.at)
}

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
