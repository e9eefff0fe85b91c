/** ms by which any timer may be off */
const USUAL = 100

/**
 * Calls back when that many ms have passed, and as many more (no more than those) as this process stood still at their end:
 * who was not listened to cannot have been late.
 * @returns what calls it off
 */
export function whenLate(ms: number, late: () => void): () => void {
  let due = performance.now() + ms
  const look = () => {
    const overslept = performance.now() - due
    if (overslept < USUAL) {
      late()
      return
    }
    const more = Math.min(overslept, ms)
    due = performance.now() + more
    timer = setTimeout(look, more)
  }
  let timer = setTimeout(look, ms)
  return () => clearTimeout(timer)
}
