import { stripVTControlCharacters } from 'node:util'

/** Characters of a name before it goes on in the next line. */
const LONGEST = 26
/** Between two columns. */
const GAP = 3

/** A name over as many lines as it needs, broken behind hyphens where there are any. */
export function wrapped(name: string): string {
  const lines = ['']
  for (const piece of name.split(/(?<=-)/).flatMap((part) => part.match(new RegExp(`.{1,${LONGEST}}`, 'gu')) ?? [])) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && [...last, ...piece].length > LONGEST) lines.push(piece)
    else lines[lines.length - 1] = last + piece
  }
  return lines.join('\n')
}

/** Characters of the widest line of the widest cell. */
export function widthOf(cells: readonly string[]): number {
  const lines = cells.flatMap((cell) => stripVTControlCharacters(cell).split('\n'))
  return Math.max(...lines.map((line) => [...line].length))
}

/** Columns put together from the left, as many as fit beside the first one and at least one; no columns are one block. */
export function blocks(widths: readonly number[], first: number, available: number): number[][] {
  let block: number[] = []
  const found = [block]
  let used = 1 + first
  for (const [column, width] of widths.entries()) {
    if (block.length > 0 && used + GAP + width > available) {
      block = []
      found.push(block)
      used = 1 + first
    }
    block.push(column)
    used += GAP + width
  }
  return found
}
