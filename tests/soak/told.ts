import type { Sample } from './proxy-process.ts'

export interface Point extends Sample {
  /** s since it began */
  readonly at: number
  /** Until then. */
  readonly requests: number
}

const COLUMNS: readonly (readonly [name: string, of: (point: Point) => number, unit: string])[] = [
  ['heap', ({ heap }) => heap, 'MiB'],
  // What V8 has taken from the system, and uses again: memory approaches it, page by page.
  ['V8 holds', ({ held }) => held, 'MiB'],
  ['memory', ({ rss }) => rss, 'MiB'],
  ['handles', ({ handles }) => handles, ''],
  ['loop late', ({ late }) => late, 'ms'],
]
const ROWS = 10
const BARS = '▁▂▃▄▅▆▇█'

/** A table of about ten rows, and each column as a picture below it. */
export function told(points: readonly Point[]): string[] {
  const every = Math.max(1, Math.floor(points.length / ROWS))
  const rows = points.filter((_, index) => index % every === 0 || index === points.length - 1)
  const head = ['s', 'requests', ...COLUMNS.map(([name, , unit]) => (unit ? `${name}, ${unit}` : name))]
  const lines = rows.map((point) => [
    point.at.toFixed(0),
    String(point.requests),
    ...COLUMNS.map(([, of]) => of(point).toFixed(1)),
  ])
  const widths = head.map((text, column) => Math.max(text.length, ...lines.map((line) => line[column]?.length ?? 0)))
  const row = (cells: readonly string[]) => cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')
  return [
    row(head),
    ...lines.map(row),
    '',
    ...COLUMNS.map(([name, of, unit]) => {
      const values = points.map(of)
      const range = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${unit}`
      return `${name.padEnd(10)} ${picture(values)}  ${range}, ${slope(points, of).toFixed(2)} ${unit} a minute`
    }),
  ]
}

/** From nothing upwards, so that what is flat looks flat. At most 60 wide. */
export function picture(values: readonly number[]): string {
  const most = Math.max(...values, Number.MIN_VALUE)
  const every = Math.max(1, Math.ceil(values.length / 60))
  return values
    .filter((_, index) => index % every === 0)
    .map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))])
    .join('')
}

/** By how much it grows in a minute: least squares over the second half, when all that is loaded once has been. */
export function slope(points: readonly Point[], of: (point: Point) => number): number {
  const half = points.slice(Math.floor(points.length / 2))
  const times = half.map(({ at }) => at / 60)
  const values = half.map(of)
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const [time, value] = [mean(times), mean(values)]
  const above = times.reduce((sum, one, index) => sum + (one - time) * ((values[index] ?? value) - value), 0)
  const below = times.reduce((sum, one) => sum + (one - time) ** 2, 0)
  return below === 0 ? 0 : above / below
}
