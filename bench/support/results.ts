import { appendFileSync } from 'node:fs'

/** One figure, with what it is compared to. */
export interface Figure {
  readonly bench: string
  readonly what: string
  readonly value: number
  readonly unit: string
}

/** The unit of a ratio, whose third digit counts. */
export const TIMES = 'times'

/** Where the figures of a run are gathered, a line of JSON each; nowhere when absent. */
export const RESULTS = 'PINNING_LAB_BENCH_RESULTS'

/** Prints a figure, and keeps it for `--compare`. */
export function figure(one: Figure, remark = ''): void {
  process.stdout.write(`  ${one.what.padEnd(56)} ${shown(one)}${remark && ` (${remark})`}\n`)
  keep(one)
}

/** Keeps a figure that is printed in another way. */
export function keep({ bench, what, value, unit }: Figure): void {
  const path = process.env[RESULTS]
  // JSON has no word for what could not be told: too short to count, or nothing to divide by.
  if (path && Number.isFinite(value))
    appendFileSync(path, `${JSON.stringify({ bench, what, value, unit } satisfies Figure)}\n`)
}

export function shown({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  return `${rounded(value, unit)} ${unit}`
}

export function rounded(value: number, unit: string): string {
  if (unit === TIMES) return value.toFixed(value >= 10 ? 1 : 3)
  // What was counted, not measured.
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** How many times the other's it is, in the median of the rounds: what slows a whole round slows both. */
export function ratioOf(mine: readonly number[], others: readonly number[]): number {
  return median(mine.map((value, round) => value / (others[round] ?? Number.NaN)))
}
