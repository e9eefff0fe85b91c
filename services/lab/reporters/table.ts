import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { createColors } from 'picocolors'
import { VERDICTS } from '../judge.ts'
import type { Reporter } from '../reporter.ts'
import type { Run } from '../result.ts'
import { STANDING_IN_WORDS } from '../standing.ts'
import { MEANING, SYMBOL } from '../words.ts'
import { blocks, widthOf, wrapped } from './table/blocks.ts'
import { type Colours, type Matrix, matrixOf, type Row } from './table/rows.ts'

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((edge) =>
    [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`].map((name) => [name, '']),
  ),
)

export default {
  title: 'The matrix, attacks by clients, for people.',
  render: (run, look) => {
    const colours = createColors(look.colour)
    const { rows, folded, unplayed } = matrixOf(run, run.clients, colours)
    const all = [
      ['attack', ...run.clients.map(({ id }) => bold(wrapped(id), colours))],
      ...rows.map(([label = '', ...cells]) => [wrapped(label), ...cells]),
      ['so this client is', ...run.clients.map(({ standing }) => colours.bold(STANDING_IN_WORDS[standing]))],
    ]
    const [first = 0, ...widths] = (all[0] ?? []).map((_, column) => widthOf(all.map((row) => row[column] ?? '')))
    const matrices = blocks(widths, first, look.width).map((columns) =>
      drawn(
        all.map(([label = '', ...cells]) => [label, ...columns.map((column) => cells[column] ?? '')]),
        colours,
      ),
    )
    return `${matrices.join('\n\n')}\n\n${legend(run, { folded, unplayed }, colours)}`
  },
} satisfies Reporter

// Each line for itself: a table that cuts a cell into lines would leave the style open at the end of the first.
function bold(text: string, colours: Colours): string {
  return text
    .split('\n')
    .map((line) => colours.bold(line))
    .join('\n')
}

/** Rules below the head and above the sum, and nowhere else: rows are read across, columns down, without a grid. */
function drawn(rows: readonly Row[], colours: Colours): string {
  const table = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => [...row]))
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  const width = Math.max(...lines.map((line) => [...stripVTControlCharacters(line)].length))
  const rule = colours.dim(` ${'─'.repeat(width - 1)}`)
  const head = Math.max(...(rows[0] ?? []).map((cell) => cell.split('\n').length))
  return [...lines.slice(0, head), rule, ...lines.slice(head, -1), rule, ...lines.slice(-1)].join('\n')
}

function legend(run: Run, { folded, unplayed }: Omit<Matrix, 'rows'>, colours: Colours): string {
  const shown = VERDICTS.filter((word) => run.results.some(({ verdict }) => verdict === word))
  const longest = Math.max(0, ...shown.map((word) => word.length))
  const lines = shown.map((word) => {
    const meaning = `${MEANING[word]}${word === 'blocked' ? ' (in brackets: by which check)' : ''}`
    return `  ${SYMBOL[word]} ${word.padEnd(longest)}  ${colours.dim(meaning)}`
  })
  if (run.surprises > 0) lines.push('  ! differs from what the lists of checks promise')
  if (folded > 0) lines.push(`  ${folded} attacks without a surprise are summed up by family.`)
  if (unplayed > 0) {
    lines.push(`  Applicable to none of these clients, so without a row: ${unplayed} of ${run.attacks.length} attacks.`)
  }
  if (run.seed !== undefined) lines.push(colours.dim(`  Played in the order of seed ${run.seed}.`))
  return `${lines.join('\n')}\n`
}
