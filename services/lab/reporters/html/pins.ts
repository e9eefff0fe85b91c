import type { ClientSummary, Run } from '../../result.ts'

const VALUE = /sha256\/[A-Za-z0-9+/]{43}=|(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g

/**
 * What a client insists on: `sha256/…` of a public key, or the fingerprint of a whole certificate. Where the stage does not
 * know what was shipped, each refusal for a pin names what was pinned. Empty where neither tells.
 */
export function pinsOf({ results }: Pick<Run, 'results'>, { id, pins = [] }: ClientSummary): ReadonlySet<string> {
  if (pins.length > 0) return new Set(pins.map(({ value }) => value))
  const messages = results.flatMap((result) =>
    result.client === id && result.report?.outcome === 'refused' && result.report.reason === 'pin'
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
