import type { ClientReport } from '#client/client.ts'
import type { ConnectionEvidence, Evidence, RecordedRequest } from '#mitm/evidence.ts'
import type { Result } from './result.ts'

/** What client and attacker said of one play, as plain lines. */
export function bothEnds({ report, evidence, why }: Result): string {
  if (!report) return `not played: ${why}`
  const client = clientSays(report).map((line) => `  ${line}`)
  const attacker = attackerSaw(evidence).map((line) => `  ${line}`)
  return ['the client said', ...client, 'the attacker saw', ...attacker].join('\n')
}

function clientSays(report: ClientReport): string[] {
  if (report.outcome === 'accepted') {
    const picture = report.picture ? `, “${report.picture.title}”` : ', no picture'
    return [`accepted after ${report.ms} ms: status ${report.status}${picture}`]
  }
  const reason = report.outcome === 'refused' ? ` (${report.reason})` : ''
  return [`${report.outcome}${reason} after ${report.ms} ms: ${report.code}`, ...report.message.split('\n')]
}

function attackerSaw({ connections, applicationBytes, requests, token }: Evidence): string[] {
  const events = [
    ...connections.map((one) => ({ at: one.at, line: connectionLine(one) })),
    ...requests.map((one) => ({ at: one.at, line: requestLine(one) })),
  ].sort((a, b) => a.at - b.at)
  return [
    `${applicationBytes} application bytes`,
    ...(token === undefined ? [] : [`the token ${token}`]),
    ...events.map(({ at, line }) => `${at} ms  ${line}`),
  ]
}

/** `TLS handshake failed for api.lab.test: certificate unknown` */
export function connectionLine({ handshake, sni, tlsVersion, failure, ...seen }: ConnectionEvidence): string {
  const what =
    handshake === 'relayed'
      ? `passed on blindly, ${seen.relayedBytes ?? 0} encrypted bytes`
      : handshake === 'refused'
        ? 'greeted in TLS, which the attacker refused'
        : handshake === 'connect-only'
          ? 'connected, and no TLS handshake ended'
          : `TLS handshake ${handshake}`
  const details = [
    ...(sni === undefined ? [] : [`for ${sni}`]),
    ...(tlsVersion === undefined ? [] : [`with ${tlsVersion}`]),
    ...(seen.alpn === undefined ? [] : [`speaking ${seen.alpn}`]),
  ]
  const bytes = seen.applicationBytes > 0 ? `, ${seen.applicationBytes} bytes read` : ''
  return `${[what, ...details].join(' ')}${bytes}${failure === undefined ? '' : `: ${failure}`}`
}

export function requestLine({ method, path, headers, altered }: RecordedRequest): string {
  const host = headers.host ?? headers.Host
  const answer = altered ? `, answered with ${altered.what === 'json' ? 'altered JSON' : 'another picture'}` : ''
  return `${method} ${path}${host === undefined ? '' : ` at ${String(host)}`}${answer}`
}
