/** Remembers what was accepted and until when, so that a second connection to the same server costs a look-up. */
export interface Memo {
  holds(key: string, now: Date): boolean
  add(key: string, until: Date): void
}

/** @param limit how many; the oldest goes first. A stranger's certificates never get in: only what was accepted does. */
export function createMemo(limit = 256): Memo {
  const known = new Map<string, Date>()
  return {
    holds(key, now) {
      const until = known.get(key)
      return until !== undefined && now <= until
    },
    add(key, until) {
      const oldest = known.keys().next()
      if (known.size >= limit && !oldest.done) known.delete(oldest.value)
      known.set(key, until)
    },
  }
}
