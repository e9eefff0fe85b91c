import { VERDICTS, type VerdictWord } from './judge.ts'
import type { Result } from './result.ts'

/** The numbers that every report shows: counted in one place, so that they agree. */
export interface Counts {
  /** Those that took place: what is not applicable is counted apart, among the verdicts. */
  readonly plays: number
  readonly surprises: number
  readonly verdicts: Readonly<Record<VerdictWord, number>>
}

export function countsOf(results: readonly Result[]): Counts {
  const counted = VERDICTS.map((word) => [word, results.filter(({ verdict }) => verdict === word).length] as const)
  return {
    plays: results.filter(({ verdict }) => verdict !== 'not-applicable').length,
    surprises: results.filter(({ surprise }) => surprise).length,
    // One entry for each word of the list that the type is made of.
    verdicts: Object.fromEntries(counted) as Record<VerdictWord, number>,
  }
}
