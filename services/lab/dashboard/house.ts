import type { Catalogues } from '../experiment.ts'
import type { Stage } from '../stage.ts'

/** What every performance needs. */
export interface House {
  readonly stage: Stage
  readonly catalogues: Catalogues
  readonly versions: Readonly<Record<string, string>>
  /** Plays that run side by side. */
  readonly jobs: number
  readonly now: () => Date
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
