import type { Evidence } from '#mitm/evidence.ts'
import { tokenIn } from '#mitm/token.ts'
import { connectionLine, requestLine } from '../events.ts'
import { withoutSecrets } from '../without-secrets.ts'

/** Says of a play what is new in it, each thing once it stands. */
export interface Live {
  /** The last word: all that has not been said. */
  finish(evidence: Evidence): void
  stop(): void
}

/** ms between two looks at what has arrived */
const PAUSE = 250

/** @param soFar what has arrived until now; undefined where nobody can know */
export function follow(soFar: () => Promise<Evidence | undefined>, say: (line: string) => void): Live {
  const said = new Map<string, string>()
  let before = new Map<string, string>()
  let looking = false
  const tell = (lines: ReadonlyMap<string, string>, isReady: (what: string, line: string) => boolean) => {
    for (const [what, line] of lines) {
      if (said.get(what) === line || !isReady(what, line)) continue
      said.set(what, line)
      say(`    ${line}`)
    }
  }
  const look = async () => {
    if (looking) return
    looking = true
    try {
      const lines = linesOf(await soFar(), false)
      // A connection that still counts bytes would say so again and again.
      tell(lines, (what, line) => before.get(what) === line)
      before = lines
    } catch {
      // The play is over: its evidence has the last word.
    } finally {
      looking = false
    }
  }
  const timer = setInterval(() => void look(), PAUSE)
  const stop = () => clearInterval(timer)
  const finish = (evidence: Evidence) => {
    stop()
    tell(linesOf(evidence, true), () => true)
  }
  return { finish, stop }
}

const NOBODY_SAID = { outcome: 'broken', code: '', message: '', ms: 0 } as const

function linesOf(evidence: Evidence | undefined, isOver: boolean): Map<string, string> {
  const lines = new Map<string, string>()
  if (!evidence) return lines
  const { connections, requests } = withoutSecrets({ report: NOBODY_SAID, evidence }).evidence
  for (const [index, one] of connections.entries()) {
    const isUnderway = one.handshake === 'connect-only' && one.failure === undefined
    if (isOver || !isUnderway) lines.set(`connection ${index}`, printable(connectionLine(one)))
  }
  for (const [index, one] of requests.entries()) {
    const token = tokenIn(one)
    const with_ = token ? `, ${token.header} ${token.token}` : ''
    lines.set(`request ${index}`, printable(`read: ${requestLine(one)}${with_}`))
  }
  return lines
}

/** A device may send what a terminal would obey. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '·').slice(0, 200)
}
