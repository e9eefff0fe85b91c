import type { Run } from './result.ts'

/** How a run ends: what was surprising, and where the reports are. */
export function lastLine(run: Run, where?: string): string {
  const total = run.results.length
  const found =
    run.surprises === 0 ? `Nothing surprising: ${total} of ${total} as expected.` : `Surprising: ${surprises(run)}.`
  return where === undefined ? found : `${found} ${where}`
}

function surprises(run: Run): string {
  const named = run.results
    .filter(({ surprise }) => surprise)
    .map(({ attack, client, verdict }) => `${attack} × ${client} (${verdict})`)
  return `${named.length} of ${run.results.length}: ${named.slice(0, 5).join(', ')}${named.length > 5 ? ', …' : ''}`
}
