import type { PlayedResult, Result, Run } from './result.ts'
import { NOT_STAGED } from './unstaged.ts'

/** Where two runs of one catalogue tell something different: of two stages, of two roads, of two versions of Node. */
export interface Differences {
  /** Pairs that both have played. */
  readonly plays: number
  readonly differing: readonly Differing[]
  /** Played by one alone, because they cannot be staged where the other was: known, and no difference. */
  readonly unstaged: readonly Result[]
}

export interface Differing {
  readonly pair: string
  /** `blocked (pin)`; `not in this run` */
  readonly said: readonly [string, string]
}

export function differencesOf(one: Run, other: Run): Differences {
  const pairs = new Map<string, [Result?, Result?]>()
  for (const [index, { results }] of [one, other].entries()) {
    for (const result of results) {
      const pair = `${result.attack} × ${result.client}`
      const both = pairs.get(pair) ?? []
      both[index] = result
      pairs.set(pair, both)
    }
  }
  const differing: Differing[] = []
  const unstaged: Result[] = []
  let plays = 0
  for (const [pair, [a, b]] of pairs) {
    const apart = [a, b].find((result) => result?.why.startsWith(NOT_STAGED))
    if (apart) unstaged.push(apart)
    else {
      if (isPlayed(a) && isPlayed(b)) plays += 1
      const said = [inWords(a), inWords(b)] as const
      if (said[0] !== said[1]) differing.push({ pair, said })
    }
  }
  return { plays, differing, unstaged }
}

/** @param names of the two runs: `embedded`, `compose` */
export function differencesInWords(
  { plays, differing, unstaged }: Differences,
  names: readonly [string, string],
): string {
  const found =
    differing.length === 0
      ? [`${names[0]} and ${names[1]}: no difference in ${plays} plays.`]
      : [`${names[0]} and ${names[1]} differ in ${differing.length} of ${plays} plays:`, ...columns(differing, names)]
  return `${[...found, ...apart(unstaged)].join('\n')}\n`
}

function columns(differing: readonly Differing[], [one, other]: readonly [string, string]): string[] {
  const width = Math.max(...differing.map(({ pair }) => pair.length))
  return differing.map(({ pair, said }) => `  ${pair.padEnd(width)}  ${one}: ${said[0]}, ${other}: ${said[1]}`)
}

function apart(unstaged: readonly Result[]): string[] {
  const reasons = Map.groupBy(unstaged, ({ why }) => why)
  return [...reasons].map(([why, results]) => {
    const attacks = [...new Set(results.map(({ attack }) => attack))]
    return `${results.length} plays of ${attacks.join(', ')} are ${why}`
  })
}

function isPlayed(result: Result | undefined): result is PlayedResult {
  return result !== undefined && result.verdict !== 'not-applicable'
}

function inWords(result: Result | undefined): string {
  if (!result) return 'not in this run'
  return result.reason === undefined ? result.verdict : `${result.verdict} (${result.reason})`
}
