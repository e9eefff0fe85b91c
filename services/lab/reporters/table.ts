import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { createColors } from 'picocolors'
import type { VerdictWord } from '../judge.ts'
import type { Look, Reporter } from '../reporter.ts'
import { type Result, type Run, resultOf } from '../result.ts'
import { STANDING_IN_WORDS } from '../standing.ts'

type Colours = ReturnType<typeof createColors>

// The word carries the meaning; symbol and colour only help the eye.
const SYMBOL: Record<VerdictWord, string> = {
  reached: '→',
  blocked: '✓',
  leaked: '✗',
  intercepted: '✗',
  inconclusive: '?',
}

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((edge) =>
    [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`].map((name) => [name, '']),
  ),
)

export default {
  title: 'The matrix, attacks by clients, for people.',
  render: (run, look) => {
    const colours = createColors(look.colour)
    const table = new Table({
      head: ['attack', ...run.clients.map(({ id }) => colours.bold(id))],
      // Lines only below the head: rows are read across, columns down, and neither needs a grid.
      chars: { ...NO_LINES, middle: '  ' },
      style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
    })
    for (const { id } of run.attacks) {
      table.push([id, ...run.clients.map((client) => cell(resultOf(run, id, client.id), colours))])
    }
    table.push(['so this client is', ...run.clients.map(({ standing }) => colours.bold(STANDING_IN_WORDS[standing]))])
    return `${ruled(table.toString(), colours)}\n\n${legend(run, look)}`
  },
} satisfies Reporter

/** A rule below the head and one above the sum. */
function ruled(text: string, colours: Colours): string {
  const lines = text.split('\n').map((line) => line.trimEnd())
  const rule = colours.dim(
    ` ${'─'.repeat(Math.max(...lines.map((line) => stripVTControlCharacters(line).length)) - 1)}`,
  )
  return [...lines.slice(0, 1), rule, ...lines.slice(1, -1), rule, ...lines.slice(-1)].join('\n')
}

function cell(result: Result | undefined, colours: Colours): string {
  if (!result) return ''
  const words = `${SYMBOL[result.verdict]} ${result.verdict}${result.reason ? ` (${result.reason})` : ''}`
  const { verdict, reason } = result.expected
  if (result.surprise)
    return colours.red(colours.bold(`! ${words}\n  expected: ${verdict}${reason ? ` (${reason})` : ''}`))
  if (result.verdict === 'intercepted') return colours.yellow(words)
  return result.verdict === 'blocked' ? colours.green(words) : words
}

const MEANING: Record<VerdictWord, string> = {
  reached: 'the request arrived at the real API',
  blocked: 'refused, and the attacker received 0 application bytes (in brackets: by which check)',
  leaked: 'refused too late: the attacker has the request',
  intercepted: 'fooled: the attacker read the request and wrote the answer',
  inconclusive: 'proves nothing, and is not counted as safe',
}

function legend(run: Run, look: Look): string {
  const shown = (Object.keys(MEANING) as VerdictWord[]).filter((word) =>
    run.results.some(({ verdict }) => verdict === word),
  )
  const width = Math.max(...shown.map((word) => word.length))
  const colours = createColors(look.colour)
  const lines = shown.map((word) => `  ${SYMBOL[word]} ${word.padEnd(width)}  ${colours.dim(MEANING[word])}`)
  if (run.surprises > 0) lines.push('  ! differs from what the lists of checks promise')
  return `${lines.join('\n')}\n`
}
