/**
 * Measures each contender once a round, and each goes first in its turn: a busy machine slows all of them, and whoever
 * comes second finds warmer caches.
 * @returns for each contender what was measured of it, round by round
 */
export async function inTurns<T, M>(
  contenders: readonly T[],
  rounds: number,
  measure: (contender: T) => Promise<M>,
): Promise<M[][]> {
  const measured = contenders.map((): M[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (round + turn) % contenders.length
      const contender = contenders[index]
      if (contender !== undefined) measured[index]?.push(await measure(contender))
    }
  }
  return measured
}

/**
 * Does something so often, so many at a time.
 * @throws the first failure, once nothing of it goes on any more
 */
export async function sideBySide(width: number, times: number, act: () => Promise<unknown>): Promise<void> {
  let left = times
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await act().catch((error: unknown) => {
        left = 0
        throw error
      })
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
