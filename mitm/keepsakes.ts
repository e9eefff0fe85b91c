import { LabError } from '#kit/error.ts'
import type { RecordedRequest } from './evidence.ts'

/** What was read in a watched play, so that it can be sent again. */
export interface Keepsake {
  readonly host: string
  readonly requests: readonly RecordedRequest[]
}

export interface Keepsakes {
  keep(play: string, read: Keepsake): void
  /** @throws LabError PLAY_FORGOTTEN */
  of(play: string): Keepsake
}

/** Plays; the oldest goes first. */
const MOST = 100

export function createKeepsakes(): Keepsakes {
  const kept = new Map<string, Keepsake>()
  return {
    keep: (play, read) => {
      kept.set(play, read)
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
    },
    of: (play) => {
      const known = kept.get(play)
      if (known) return known
      throw new LabError('PLAY_FORGOTTEN', `nothing is kept of a play called '${play}'`, {
        hint: `what was read is kept of the last ${MOST} plays that were watched to their end; play it again`,
      })
    },
  }
}
