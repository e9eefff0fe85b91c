/** What is made on demand and kept for a while. */
export interface Shelf<T> {
  /** Makes it unless it is there; those who ask while it is being made get the same one. */
  take(name: string, make: () => Promise<T>): Promise<T>
  /** How many were made so far. */
  readonly made: number
  /** Bytes held. */
  readonly bytes: number
}

/**
 * Keeps the last used up to so many bytes, and makes one thing at a time: drawings share one processor anyway, and a
 * hundred large canvases at once would fill the memory.
 */
export function createShelf<T>(mostBytes: number, sizeOf: (thing: T) => number): Shelf<T> {
  // In the order of use, the longest unused first.
  const kept = new Map<string, { readonly thing: Promise<T>; bytes: number }>()
  let queue: Promise<unknown> = Promise.resolve()
  let made = 0
  const held = () => [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0)

  function forgetOldest(): void {
    for (const [name, { bytes }] of kept) {
      if (held() <= mostBytes) return
      // Nothing yet: it is still being made, and somebody waits for it.
      if (bytes > 0) kept.delete(name)
    }
  }

  function add(name: string, make: () => Promise<T>) {
    const thing = queue.then(make)
    const entry = { thing, bytes: 0 }
    queue = thing.then(
      (finished) => {
        made++
        entry.bytes = sizeOf(finished)
        forgetOldest()
      },
      // The next one who asks gets another try.
      () => kept.delete(name),
    )
    return entry
  }

  return {
    get made() {
      return made
    },
    get bytes() {
      return held()
    },
    take(name, make) {
      const entry = kept.get(name) ?? add(name, make)
      kept.delete(name)
      kept.set(name, entry)
      return entry.thing
    },
  }
}
