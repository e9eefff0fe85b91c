/** The numbers from 0 to `count` - 1 in an order that the seed decides (Fisher and Yates), the same on every machine. */
export function shuffled(count: number, seed: number): number[] {
  const order = [...Array(count).keys()]
  const next = randomFrom(seed)
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1))
    // Both are below count.
    ;[order[last], order[other]] = [order[other] as number, order[last] as number]
  }
  return order
}

/** Seeds that `--seed` takes: what fits 32 bits. */
export const MOST_SEED = 2 ** 32 - 1

/** mulberry32: small, fast, good enough to mix an order, and never to be used for a key. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
