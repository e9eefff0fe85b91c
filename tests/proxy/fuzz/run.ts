import { createMaterial } from '#certs/material.ts'
import { type Conversation, hostileConversations } from '../hostile.ts'
import { checkAnswers } from './check-answers.ts'
import { complaintAboutLine } from './check-log.ts'
import { complaintAboutSeen } from './check-upstream.ts'
import { startProxyProgram, type Target, type TargetPlace, type TargetWatch } from './child.ts'
import { escaped } from './escaped.ts'
import { createMemory, type Memory } from './memory.ts'
import { talk } from './talk.ts'
import { startNamingUpstream } from './upstream.ts'

export interface FuzzPlan {
  readonly seed: number
  readonly requests: number
  /** At a time. */
  readonly connections: number
  /** Ends it early. */
  readonly signal?: AbortSignal
  readonly progress?: (report: FuzzReport) => void
  /** Something else than the real proxy: to see that its faults are found. */
  readonly start?: (place: TargetPlace, watch: TargetWatch) => Promise<Target>
}

export interface Finding {
  readonly what: string
  /** Those that it may be about, the likeliest first. */
  readonly conversations: readonly Conversation[]
}

export interface FuzzReport {
  readonly seed: number
  requests: number
  connections: number
  readonly answers: Map<number, number>
  /** Connections whose client waited in vain for what its requests asked for: they had no end. */
  lost: number
  reached: number
  readonly findings: Finding[]
}

/** What comes after so many is most likely the same again. */
const MOST_FINDINGS = 5
/** Conversations between two looks at the proxy's health. */
const HEALTH = 200

/** Sends hostile requests to a proxy, and tells what it did that it must not do. */
export async function fuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { seed, start = startProxyProgram } = plan
  const report: FuzzReport = {
    seed,
    requests: 0,
    connections: 0,
    answers: new Map(),
    lost: 0,
    reached: 0,
    findings: [],
  }
  const memory = createMemory()
  const over = () => plan.signal?.aborted || report.findings.length >= MOST_FINDINGS
  const find = (what: string, about = memory.about(what)) => {
    if (!over()) report.findings.push({ what, conversations: about })
  }
  const material = await createMaterial({ now: new Date() })
  await using upstream = await startNamingUpstream(material, {
    seen(request) {
      report.reached++
      memory.note(request)
      const complaint = likely(memory, request.url, (sent) => complaintAboutSeen(request, sent))
      if (complaint !== undefined) find(`${complaint}; in all: ${request.url}`, memory.about(request.url))
    },
    broken: (error) => find(`the upstream got what is no HTTP: ${error.message}`),
  })
  const line = (text: string) => {
    const complaint = likely(memory, text, (sent) => complaintAboutLine(text, sent))
    if (complaint !== undefined) find(complaint)
  }
  const place = { material, upstreamPort: upstream.port, trustForwarded: seed % 2 !== 0 }
  await using target = await start(place, { line, trouble: find })
  const conversations = hostileConversations(seed)
  const worker = async () => {
    while (report.requests < plan.requests && !over()) {
      const { value } = conversations.next()
      const complaint = await hold(value, target.port, { report, memory })
      if (complaint !== undefined) find(complaint, [value])
      plan.progress?.(report)
      if (value.number % HEALTH === 0) await checkHealth(target.port, find)
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, worker))
  return report
}

/** @returns what was wrong with what came back */
async function hold(
  one: Conversation,
  port: number,
  { report, memory }: { readonly report: FuzzReport; readonly memory: Memory },
): Promise<string | undefined> {
  report.connections++
  report.requests += one.requests
  memory.begin(one)
  const heard = await talk(port, one)
  const { statuses, complaint } = checkAnswers(one, heard, memory.take)
  memory.end(one)
  if (heard.lost) report.lost++
  for (const status of statuses) report.answers.set(status, (report.answers.get(status) ?? 0) + 1)
  return complaint === undefined ? undefined : `${complaint}; in all: ${escaped(heard.bytes)}`
}

// Nearly always it is the one that is named, without a search through all.
function likely(
  memory: Memory,
  text: string,
  complain: (sent: readonly string[]) => string | undefined,
): string | undefined {
  const named = memory.named(text)
  if (complain(named ? [named.sent] : []) === undefined) return undefined
  return complain(memory.about('').map(({ sent }) => sent))
}

async function checkHealth(port: number, find: (what: string) => void): Promise<void> {
  const sent = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const { bytes } = await talk(port, { sent, splits: [], ending: 'wait', servername: 'localhost', allSound: true })
  if (!/^HTTP\/1\.1 200 .*\r\n\r\n\{"ok":true\}$/s.test(bytes))
    find(`/healthz is not answered promptly, but: '${bytes}'`)
}
