import { appendFileSync } from 'node:fs'

/** One figure, with what it is compared to. */
export interface Figure {
  readonly bench: string
  readonly what: string
  readonly value: number
  readonly unit: string
}

/** Where the figures of a run are gathered, a line of JSON each; nowhere when absent. */
export const RESULTS = 'PINNING_LAB_BENCH_RESULTS'

/** Prints a figure, and keeps it for `--compare`. */
export function figure({ bench, what, value, unit }: Figure, remark = ''): void {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  process.stdout.write(`  ${what.padEnd(52)} ${value.toFixed(digits)} ${unit}${remark && ` (${remark})`}\n`)
  const path = process.env[RESULTS]
  if (path) appendFileSync(path, `${JSON.stringify({ bench, what, value, unit } satisfies Figure)}\n`)
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}
