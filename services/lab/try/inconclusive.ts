import type { Evidence } from '#mitm/evidence.ts'
import { CONTROL } from '../control.ts'
import type { Result } from '../result.ts'

/** What there is to look at where a program has proved nothing: did it connect, how did that end, what did it write. */
export function whyInconclusive({ attack, why, evidence, report }: Result): string[] {
  const where = attack === CONTROL ? 'nobody attacked, and it did not get its answer' : `in the world '${attack}'`
  const message = report?.outcome === 'accepted' ? '' : (report?.message ?? '')
  const errors = [...new Set(evidence.connections.flatMap(({ failure }) => failure ?? []))]
  return [
    `Inconclusive: ${where}: ${why}.`,
    `  connected   ${connections(evidence)}`,
    ...errors.map((error) => `  error       ${error}`),
    ...said(message),
  ]
}

function connections({ connections }: Evidence): string {
  if (connections.length === 0) return 'never: does it ask for {url}, and not for an address of its own?'
  const ends = new Map<string, number>()
  for (const { handshake } of connections) ends.set(handshake, (ends.get(handshake) ?? 0) + 1)
  const passed = connections.reduce((sum, { relayedBytes = 0 }) => sum + relayedBytes, 0)
  const words = [...ends].map(([handshake, times]) => `${times} × ${handshake}`)
  return [...words, ...(passed > 0 ? [`${passed} bytes passed on`] : [])].join(', ')
}

/** Lines of a program's own words. */
const QUOTED = 12

function said(message: string): string[] {
  const lines = message.trim().split(/\r?\n/)
  const shown = lines.length > QUOTED ? [...lines.slice(0, QUOTED / 2), '…', ...lines.slice(-QUOTED / 2)] : lines
  return message.trim() === ''
    ? []
    : shown.map((line, index) => `${index === 0 ? '  it said     ' : '            | '}${printable(line)}`)
}

/** A program may write what a terminal would obey. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '·').slice(0, 200)
}
