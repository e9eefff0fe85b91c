import { type Figure, keep, median, ratioOf, rounded, TIMES } from './results.ts'
import { inTurns } from './turns.ts'

/** From one at a time to a crowd. */
export const CROWDS = [1, 8, 64, 512] as const

/** What one contender did, for each crowd: round by round, or why it could not. */
export interface Row<M> {
  readonly name: string
  readonly cells: readonly (readonly M[] | string)[]
}

export interface Growing<T, M> {
  readonly crowds: readonly number[]
  readonly rounds: number
  readonly measure: (contender: T, crowd: number) => Promise<M>
}

/** The contenders in turns, at each crowd. Whoever fails, even once, is left out of that crowd, and it is told why. */
export async function grow<T extends { readonly name: string }, M>(
  contenders: readonly T[],
  { crowds, rounds, measure }: Growing<T, M>,
): Promise<Row<M>[]> {
  const columns: (readonly M[] | string)[][] = []
  for (const crowd of crowds) {
    const failures = new Map<T, string>()
    const attempt = async (one: T): Promise<M | undefined> => {
      if (failures.has(one)) return undefined
      try {
        return await measure(one, crowd)
      } catch (error) {
        failures.set(one, error instanceof Error ? error.message : String(error))
        return undefined
      }
    }
    // Once for nothing, so that nobody's compiler is still at it.
    if (crowd === crowds[0]) for (const one of contenders) await attempt(one)
    const measured = await inTurns(contenders, rounds, attempt)
    columns.push(
      contenders.map((one, index) => failures.get(one) ?? (measured[index] ?? []).flatMap((value) => value ?? [])),
    )
  }
  return contenders.map(({ name }, index) => ({ name, cells: columns.map((column) => column[index] ?? []) }))
}

export interface Table<M> {
  readonly bench: string
  readonly what: string
  readonly unit: string
  readonly crowds: readonly number[]
  /** What a crowd is made of: `64 connections`. */
  readonly of: string
  readonly value: (measured: M) => number
}

/** Prints the table, and keeps every cell. */
export function printGrowth<M>(rows: readonly Row<M>[], table: Table<M>): void {
  const { lines, figures } = growthTable(rows, table)
  process.stdout.write(`${lines.join('\n')}\n`)
  for (const figure of figures) keep(figure)
}

/** A column for each crowd; below each peer, how many times its figure the first one's is. */
export function growthTable<M>(rows: readonly Row<M>[], table: Table<M>) {
  const { bench, what, unit, crowds, of } = table
  const figures: Figure[] = []
  const line = (label: string, name: string, { unit, values }: Cells) => {
    const cells = values.map((value, index) => {
      if (value === undefined) return '–'
      figures.push({ bench, what: `${what}, ${crowds[index]} ${of}: ${name}`, value, unit })
      return rounded(value, unit)
    })
    return aligned(label, cells)
  }
  const lines = [aligned(`${what}, ${unit}, ${of}:`, crowds.map(String))]
  const [first, ...peers] = rows.map(({ name, cells }) => ({ name, rounds: cells.map((cell) => told(cell, table)) }))
  if (!first) return { lines, figures }
  lines.push(line(`  ${first.name}`, first.name, { unit, values: first.rounds.map((cell) => cell && median(cell)) }))
  for (const { name, rounds } of peers) {
    lines.push(line(`  ${name}`, name, { unit, values: rounds.map((cell) => cell && median(cell)) }))
    const ratios = rounds.map((cell, index) => {
      const mine = first.rounds[index]
      return mine && cell && ratioOf(mine, cell)
    })
    lines.push(
      line(`    ${first.name}, in times of that`, `${first.name} beside ${name}`, { unit: TIMES, values: ratios }),
    )
  }
  return { lines: [...lines, ...failures(rows, crowds)], figures }
}

interface Cells {
  readonly unit: string
  readonly values: readonly (number | undefined)[]
}

function told<M>(cell: readonly M[] | string, { value }: Table<M>): number[] | undefined {
  return typeof cell === 'string' ? undefined : cell.map(value)
}

function failures(rows: readonly Row<unknown>[], crowds: readonly number[]): string[] {
  return rows.flatMap(({ name, cells }) =>
    cells.flatMap((cell, index) => (typeof cell === 'string' ? `    ${name} cannot do ${crowds[index]}: ${cell}` : [])),
  )
}

function aligned(label: string, cells: readonly string[]): string {
  return `  ${label.padEnd(56)}${cells.map((cell) => cell.padStart(9)).join('')}`
}
