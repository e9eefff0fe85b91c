import type { createColors } from 'picocolors'
import { countsOf } from '../../counts.ts'
import { VERDICTS } from '../../judge.ts'
import type { AttackSummary, ClientSummary, Result, Run } from '../../result.ts'
import { inWords, SYMBOL } from '../../words.ts'

export type Colours = ReturnType<typeof createColors>

/** A line of the matrix: a label, then a cell for each client. */
export type Row = readonly string[]

/** More attacks than fit a screen are shown a family to a row, with the surprising ones below. */
const MOST_UNFOLDED = 20

export interface Matrix {
  readonly rows: readonly Row[]
  /** Attacks that have no row of their own, but are in the sums of their family. */
  readonly folded: number
  /** Attacks that have no row, because they are applicable to none of the clients. */
  readonly unplayed: number
}

export function matrixOf(run: Run, clients: readonly ClientSummary[], colours: Colours): Matrix {
  const lookUp = new Map(run.results.map((result) => [`${result.attack} ${result.client}`, result]))
  const of = (attack: AttackSummary, client: ClientSummary) => lookUp.get(`${attack.id} ${client.id}`)
  const single = (attack: AttackSummary, indent = '') => [
    `${indent}${attack.id}`,
    ...clients.map((client) => cell(of(attack, client), colours)),
  ]
  if (run.attacks.length <= MOST_UNFOLDED) {
    const shown = run.attacks.filter((attack) => !isUnplayed(attack, run))
    return { rows: shown.map((attack) => single(attack)), folded: 0, unplayed: run.attacks.length - shown.length }
  }

  const families = [...Map.groupBy(run.attacks, ({ family }) => family)]
  // Surprising for any client of the run, not of this block: a row is folded in all blocks or in none.
  const surprising = new Set(run.results.filter(({ surprise }) => surprise).map(({ attack }) => attack))
  const rows = families.flatMap(([family, attacks]) => {
    const sums = clients.map((client) =>
      sum(
        attacks.flatMap((attack) => of(attack, client) ?? []),
        colours,
      ),
    )
    const shown = attacks.filter(({ id }) => surprising.has(id))
    return [[`${family} (${attacks.length})`, ...sums], ...shown.map((attack) => single(attack, '  '))]
  })
  return { rows, folded: run.attacks.length - surprising.size, unplayed: 0 }
}

/** Whether all that there is to say is that it does not apply. A run that was interrupted may have said nothing yet. */
function isUnplayed({ id }: AttackSummary, { results }: Run): boolean {
  const own = results.filter(({ attack }) => attack === id)
  return own.length > 0 && own.every(({ verdict }) => verdict === 'not-applicable')
}

function cell(result: Result | undefined, colours: Colours): string {
  if (!result) return ''
  const words = `${SYMBOL[result.verdict]} ${inWords(result)}`
  if (result.surprise) return colours.red(colours.bold(`! ${words}\n  expected: ${inWords(result.expected)}`))
  if (result.verdict === 'intercepted') return colours.yellow(words)
  if (result.verdict === 'not-applicable') return colours.dim(words)
  return result.verdict === 'blocked' ? colours.green(words) : words
}

/** `✓ 11  ✗ 1`: how often each verdict fell, and how many of them were surprises. */
function sum(results: readonly Result[], colours: Colours): string {
  const { verdicts, surprises } = countsOf(results)
  const bySymbol = new Map<string, number>()
  for (const word of VERDICTS) bySymbol.set(SYMBOL[word], (bySymbol.get(SYMBOL[word]) ?? 0) + verdicts[word])
  const told = [...bySymbol].filter(([, count]) => count > 0).map(([symbol, count]) => `${symbol} ${count}`)
  return [...told, ...(surprises > 0 ? [colours.red(colours.bold(`! ${surprises}`))] : [])].join('  ')
}
