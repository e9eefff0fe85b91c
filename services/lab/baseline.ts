import type { Result, Run } from './result.ts'

/** What changed since an earlier run. A pair that only one of the two has played is not compared. */
export interface Comparison {
  /** As expected before, a surprise now. */
  readonly newFailures: readonly Result[]
  /** A surprise before, as expected now. */
  readonly fixed: readonly Result[]
  /** Said something before, proves nothing now. */
  readonly newlyInconclusive: readonly Result[]
  /** Pairs that the earlier run did not play, and that are surprises. */
  readonly added: readonly Result[]
}

export function compare(before: Run, now: Run): Comparison {
  const earlier = new Map(playedOf(before).map((result) => [pairOf(result), result]))
  const played = playedOf(now)
  const both = played.flatMap((result) => {
    const was = earlier.get(pairOf(result))
    return was ? [{ was, is: result }] : []
  })
  const inconclusive = both.filter(({ was, is }) => is.verdict === 'inconclusive' && was.verdict !== 'inconclusive')
  return {
    newFailures: both
      .filter(({ was, is }) => is.surprise && !was.surprise && is.verdict !== 'inconclusive')
      .map(({ is }) => is),
    fixed: both.filter(({ was, is }) => was.surprise && !is.surprise).map(({ is }) => is),
    newlyInconclusive: inconclusive.map(({ is }) => is),
    added: played.filter((result) => result.surprise && !earlier.has(pairOf(result))),
  }
}

/** Whether anything got worse: what ends a run with 3 when a baseline was given. */
export function gotWorse({ newFailures, newlyInconclusive, added }: Comparison): boolean {
  return newFailures.length + newlyInconclusive.length + added.length > 0
}

export function comparisonInWords(comparison: Comparison): string {
  const lines = (title: string, results: readonly Result[]) =>
    results.map(
      (result) => `  ${title.padEnd(18)} ${pairOf(result)} (${result.verdict}, expected ${result.expected.verdict})`,
    )
  const all = [
    ...lines('new failure', comparison.newFailures),
    ...lines('newly inconclusive', comparison.newlyInconclusive),
    ...lines('new pair fails', comparison.added),
    ...lines('fixed', comparison.fixed),
  ]
  return `Compared with the baseline:\n${all.length > 0 ? all.join('\n') : '  nothing changed'}\n`
}

function playedOf({ results }: Run): Result[] {
  return results.filter(({ verdict }) => verdict !== 'not-applicable')
}

function pairOf({ attack, client }: Result): string {
  return `${attack} × ${client}`
}
