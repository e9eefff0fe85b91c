import type { Result, Run } from './result.ts'
import { NOT_STAGED } from './unstaged.ts'

/** Where two runs of one catalogue tell something different: of two stages, of two roads, of two versions of Node. */
export interface Differences {
  /** How many plays of both tell the same. */
  readonly same: number
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
  let same = 0
  for (const [pair, [a, b]] of pairs) {
    const apart = [a, b].find((result) => result?.why.startsWith(NOT_STAGED))
    if (apart) unstaged.push(apart)
    else if (inWords(a) !== inWords(b)) differing.push({ pair, said: [inWords(a), inWords(b)] })
    else if (isPlayed(a)) same += 1
  }
  return { same, differing, unstaged }
}

/** @param names of the two runs: `embedded`, `compose` */
export function differencesInWords(
  { same, differing, unstaged }: Differences,
  names: readonly [string, string],
): string {
  const both = names.join(' and ')
  const found =
    differing.length === 0
      ? [`${both}: no difference, plays compared: ${same}`]
      : [`${both} differ in ${differing.length}, and tell the same in ${same}:`, ...columns(differing, names)]
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
    return `not compared: ${results.length}, of ${attacks.join(', ')}, ${why}`
  })
}

function isPlayed(result: Result | undefined): boolean {
  return result !== undefined && result.verdict !== 'not-applicable'
}

function inWords(result: Result | undefined): string {
  if (!result) return 'not in this run'
  return result.reason === undefined ? result.verdict : `${result.verdict} (${result.reason})`
}
