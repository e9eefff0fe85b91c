import { countsOf } from './counts.ts'
import type { Run } from './result.ts'

/** How a run ends: what was surprising, what repeats it, and where the reports are. */
export function lastLine(run: Run, where?: string): string {
  const { plays, verdicts } = countsOf(run.results)
  const apart = verdicts['not-applicable']
  const found =
    run.surprises === 0
      ? `Nothing surprising: ${plays} of ${plays} as expected.`
      : `Surprising: ${surprises(run, plays)}.`
  return [
    found,
    ...(apart > 0 ? [`Not applicable: ${apart}.`] : []),
    ...(run.seed === undefined ? [] : [`Seed: ${run.seed}.`]),
    ...(where === undefined ? [] : [where]),
  ].join(' ')
}

function surprises(run: Run, plays: number): string {
  const named = run.results
    .filter(({ surprise }) => surprise)
    .map(({ attack, client, verdict }) => `${attack} × ${client} (${verdict})`)
  return `${named.length} of ${plays}: ${named.slice(0, 5).join(', ')}${named.length > 5 ? ', …' : ''}`
}
