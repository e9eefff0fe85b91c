/** How many requests in how long; a rule over the same caller can have several windows, and the tightest one counts. */
export interface Window {
  readonly limit: number
  /** ms */
  readonly length: number
}

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export interface Allowance {
  readonly allowed: boolean
  /** Of the first window: the one that NASA's headers speak of. */
  readonly limit: number
  /** What is left in the tightest window. */
  readonly remaining: number
}

export interface RateLimit {
  /** Counts one request of this caller when it is allowed; a refused one costs nothing, so that a block does end. */
  take(caller: string, windows: readonly [Window, ...Window[]], now: Date): Allowance
  /** Callers held in memory. */
  readonly callers: number
}

// Counters roll with this grain: a block ends at most a sixtieth of its window late.
const GRAINS = 60

/**
 * Rolling windows, as https://api.nasa.gov describes them. Memory is bounded whatever the limits are: at most 61 counters
 * a window and caller, and `mostCallers` callers, of whom the one unseen for longest is forgotten first.
 */
export function createRateLimit(mostCallers = 4096): RateLimit {
  const known = new Map<string, Map<number, number>[]>()
  return {
    get callers() {
      return known.size
    },
    take(caller, windows, now) {
      const counters = known.get(caller) ?? windows.map(() => new Map<number, number>())
      // Set again: a Map keeps the order of insertion, so the first is the one unseen for longest.
      known.delete(caller)
      known.set(caller, counters)
      const oldest = known.keys().next()
      if (known.size > mostCallers && !oldest.done) known.delete(oldest.value)

      const left = windows.map((window, index) => window.limit - used(counters[index], window, now))
      const tightest = Math.min(...left)
      const allowed = tightest > 0
      if (allowed) for (const [index, window] of windows.entries()) count(counters[index], window, now)
      return { allowed, limit: windows[0].limit, remaining: Math.max(0, allowed ? tightest - 1 : 0) }
    },
  }
}

const grainAt = (window: Window, now: Date) => Math.floor(now.getTime() / (window.length / GRAINS))

function used(counters: Map<number, number> | undefined, window: Window, now: Date): number {
  let sum = 0
  for (const [grain, count] of counters ?? []) {
    if (grain <= grainAt(window, now) - GRAINS) counters?.delete(grain)
    else sum += count
  }
  return sum
}

function count(counters: Map<number, number> | undefined, window: Window, now: Date): void {
  const grain = grainAt(window, now)
  counters?.set(grain, (counters.get(grain) ?? 0) + 1)
}
