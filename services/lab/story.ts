import { createColors } from 'picocolors'
import type { ClientReport } from '#client/client.ts'
import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import type { Look } from './reporter.ts'
import { type Result, type Run, resultOf } from './result.ts'

const TRUSTED = 'trusted-authority'

/** What one client got with nobody in the middle. */
export interface HomeVisit {
  readonly client: string
  readonly report: ClientReport
}

/** The experiment told in three acts, with the values that were really seen. */
export function story(run: Run, visits: readonly HomeVisit[], look: Look): string {
  const { bold } = createColors(look.colour)
  const attacked = run.clients.flatMap(({ id }) => resultOf(run, TRUSTED, id) ?? [])
  const fooled = attacked.filter(({ verdict }) => verdict === 'intercepted')
  const safe = attacked.filter(({ verdict }) => verdict === 'blocked')
  const acts = [
    [bold('1. Nobody in the middle.'), ...visits.map(homeLine)],
    [
      bold('2. An attacker whose certificate the device trusts, in front of a client without pins.'),
      ...fooled.flatMap((result) => fooledLines(result, visits, look)),
    ],
    [bold('3. The same attacker, in front of pinned clients.'), ...safe.flatMap((result) => safeLines(result, look))],
  ]
  return `${acts
    .filter(([, ...lines]) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function homeLine({ client, report }: HomeVisit): string {
  const name = `   ${client.padEnd(20)}`
  if (report.outcome !== 'accepted') return `${name}${report.outcome}: ${report.message}`
  const image = report.picture?.image
  const picture = image ? ` and its picture (${image.contentType}, ${kilobytes(image.bytes)})` : ''
  return `${name}got “${report.picture?.title ?? `status ${report.status}`}”${picture}`
}

function fooledLines(result: Result, visits: readonly HomeVisit[], look: Look): string[] {
  const { yellow } = createColors(look.colour)
  const believed = result.report?.outcome === 'accepted' ? result.report.picture : undefined
  const truth = visits.find(({ client }) => client === result.client)?.report
  const genuine = truth?.outcome === 'accepted' ? truth.picture?.title : undefined
  const request = result.evidence.requests[0]
  return [
    `   ${result.client}`,
    `     the client believed  ${yellow(`“${believed?.title ?? 'what it was told'}”`)}`,
    ...(genuine ? [`     the truth was        “${genuine}”`] : []),
    ...(request ? [`     the attacker read    ${yellow(requestLine(request))}`] : []),
    ...(result.evidence.token ? [`                          approov-token: ${yellow(result.evidence.token)}`] : []),
    `                          ${result.evidence.applicationBytes} application bytes in ${plural(result.evidence.requests.length, 'request')}`,
  ]
}

function safeLines(result: Result, look: Look): string[] {
  const { green } = createColors(look.colour)
  const words = result.report?.outcome === 'refused' ? result.report.message.split('\n') : [result.why]
  const [first, ...rest] = words.filter((line) => !line.trimStart().startsWith('hint:'))
  return [
    `   ${result.client}`,
    `     the client refused   ${green(first ?? '')}`,
    ...rest.map((line) => `                          ${line}`),
    `     the attacker read    ${green('0 application bytes')} (${handshakes(result.evidence)})`,
  ]
}

function handshakes({ connections }: Evidence): string {
  const tried = connections.filter(({ handshake }) => handshake === 'completed' || handshake === 'failed')
  return `${plural(tried.length, 'TLS handshake')} begun, nothing sent through ${tried.length === 1 ? 'it' : 'them'}`
}

function requestLine({ method, path, headers }: RecordedRequest): string {
  return `${method} https://${String(headers.host ?? headers.Host ?? '')}${path}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}
