import type { Run } from '../../result.ts'

const VALUE = /sha256\/[A-Za-z0-9+/]{43}=|(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g

/**
 * What a client insists on, as far as the run tells: each refusal for a pin names what was pinned. `sha256/…` of a
 * public key, or the fingerprint of a whole certificate. Empty where no refusal of the client's named one.
 */
export function pinsHeld(run: Run, client: string): ReadonlySet<string> {
  const messages = run.results.flatMap((result) =>
    result.client === client && result.report?.outcome === 'refused' && result.report.reason === 'pin'
      ? [result.report.message]
      : [],
  )
  return new Set(messages.flatMap(pinnedIn))
}

// The word stands before the first value only; the others are below it (README of the pinning library: PIN_MISMATCH).
function pinnedIn(message: string): string[] {
  let label = ''
  return message.split('\n').flatMap((line) => {
    label = /^\s*(seen|pinned|hint)\b/.exec(line)?.[1] ?? label
    return label === 'pinned' ? (line.match(VALUE) ?? []) : []
  })
}
