import type { Conversation } from '../hostile.ts'
import { escaped } from './escaped.ts'
import type { Finding, FuzzReport } from './run.ts'

/** Beside the likeliest, when it is not known which one it was. */
const MOST_TOLD = 3

/** The table at the end. */
export function table(report: FuzzReport, seconds: number): string {
  const { requests, connections, reached, findings, answers, seed, lost } = report
  const statuses = [...answers].sort(([a], [b]) => a - b)
  const rows: [string, number | string][] = [
    ['seed', seed],
    ['requests', requests.toLocaleString('en')],
    ['connections', connections.toLocaleString('en')],
    ['left without an end', lost.toLocaleString('en')],
    ...statuses.map(([status, count]): [string, string] => [`answers with ${status}`, count.toLocaleString('en')]),
    ['reached the upstream', reached.toLocaleString('en')],
    ['requests per second', Math.round(requests / seconds).toLocaleString('en')],
    ['findings', findings.length],
  ]
  return rows.map(([name, value]) => `${name.padEnd(22)}${String(value).padStart(12)}\n`).join('')
}

/** What was wrong, and what must be sent to see it again. */
export function tellFindings({ seed, findings }: FuzzReport): string {
  return findings.map((finding, index) => `${index + 1}. ${tellFinding(finding, seed)}\n`).join('')
}

function tellFinding({ what, conversations }: Finding, seed: number): string {
  const told = conversations.slice(0, MOST_TOLD).map(tellConversation)
  return [`${what} (seed ${seed})`, ...told].join('\n   ')
}

function tellConversation({ number, sent, ending, splits }: Conversation): string {
  const pieces = splits.length > 0 ? `, written in pieces from ${splits.join(', ')}` : ''
  return `conversation ${number}, then ${ending}${pieces}: ${escaped(sent)}`
}
