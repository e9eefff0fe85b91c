/** Remembers what was accepted and until when, so that a second connection to the same server costs a look-up. */
export interface Memo {
  /** @param prints of the certificates that were shown, in their order */
  holds(host: string, prints: readonly string[], now: Date): boolean
  add(host: string, prints: readonly string[], until: Date): void
}

interface Accepted {
  readonly prints: readonly string[]
  /** ms since 1970 */
  readonly until: number
}

/** Chains for one host: what it shows while its certificate is being exchanged, on several machines. */
const CHAINS = 8

/**
 * By host first, and then print by print: to take all of them for one key costs ten times as much, for every one is a text
 * that nobody has hashed before.
 * @param limit of hosts; the oldest goes first. A stranger's certificates never get in: only what was accepted does.
 */
export function createMemo(limit = 256): Memo {
  const known = new Map<string, Accepted[]>()
  return {
    holds(host, prints, now) {
      const time = now.getTime()
      return known.get(host)?.some((one) => time <= one.until && areSame(one.prints, prints)) ?? false
    },
    add(host, prints, until) {
      const accepted = known.get(host) ?? []
      accepted.push({ prints, until: until.getTime() })
      if (accepted.length > CHAINS) accepted.shift()
      const oldest = known.keys().next()
      if (known.size >= limit && !known.has(host) && !oldest.done) known.delete(oldest.value)
      known.set(host, accepted)
    },
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((print, index) => print === others[index])
}
