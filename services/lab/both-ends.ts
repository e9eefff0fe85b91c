import type { ClientReport } from '#client/client.ts'
import type { Evidence } from '#mitm/evidence.ts'
import { type ChainLink, shortName, validityOf } from './chain.ts'
import type { PinHeld } from './pins-held.ts'
import { replaysInWords } from './replays.ts'
import type { PlayedResult, Result, Run } from './result.ts'

/** What client and attacker said of one play, on one clock, and the chain that was shown, as plain lines. */
export function bothEnds(result: Result, { clients, startedAt }: Pick<Run, 'clients' | 'startedAt'>): string {
  if (result.verdict === 'not-applicable') return `not played: ${result.why}`
  const pins = clients.find(({ id }) => id === result.client)?.pins ?? []
  const parts: [string, readonly string[]][] = [
    ['the client said', clientSays(result.report)],
    ['the attacker saw', attackerSaw(result.evidence)],
    ['both ends, in ms since the play was armed', clock(result)],
    ['the chain shown', result.chain.map((one) => linkLine(one, { pins, at: startedAt }))],
  ]
  return parts
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) => [title, ...lines.map((line) => `  ${line}`)])
    .join('\n')
}

function clientSays(report: ClientReport): string[] {
  if (report.outcome === 'accepted') {
    const picture = report.picture ? `, “${report.picture.title}”` : ', no picture'
    return [`accepted after ${report.ms} ms: status ${report.status}${picture}`]
  }
  const reason = report.outcome === 'refused' ? ` (${report.reason})` : ''
  return [`${report.outcome}${reason} after ${report.ms} ms: ${report.code}`, ...report.message.split('\n')]
}

function attackerSaw(evidence: Evidence): string[] {
  const { applicationBytes, token } = evidence
  const replays = replaysInWords(evidence)
  return [
    `${applicationBytes} application bytes`,
    ...(token === undefined ? [] : [`the token ${token}`]),
    ...(replays === undefined ? [] : [replays]),
  ]
}

function clock({ events }: PlayedResult): string[] {
  const width = Math.max(...events.map(({ at }) => String(at).length))
  return events.map(({ at, side, what }) => `${String(at).padStart(width)}  ${side.padEnd(8)}  ${what}`)
}

interface LinkOptions {
  readonly pins: readonly PinHeld[]
  /** ISO 8601; what had run out by then is said. */
  readonly at: string
}

/** `api.lab.test · leaf · EC P-256 · until 2027-01-01 · sha256/… · pinned by the client` */
function linkLine(one: ChainLink, { pins, at }: LinkOptions): string {
  if ('unreadable' in one) return `not readable as a certificate: ${one.unreadable}`
  const pinned = pins.some(({ value }) => value === one.pin || value === one.fingerprint)
  return [
    shortName(one.subject),
    ...(one.position === 0 ? ['leaf'] : []),
    ...(one.isAuthority ? ['authority'] : []),
    one.selfSigned ? 'self-signed' : `issued by ${shortName(one.issuer)}`,
    one.key,
    validityOf(one, at),
    ...(one.pin === undefined ? [] : [one.pin]),
    ...(pinned ? ['pinned by the client'] : []),
    ...(one.onPath ? [] : ['not on the path from the leaf']),
  ].join(' · ')
}
