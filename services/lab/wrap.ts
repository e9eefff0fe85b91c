/** Blanks before the first line, and before those that it goes on in. */
export interface Indent {
  readonly first: string
  readonly rest: string
}

/** Text in lines of at most `width` characters, broken between words; a word that is longer stays whole. */
export function wrap(text: string, width: number, { first, rest }: Indent): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (!isEmpty && [...line, ' ', ...word].length > width) {
      lines.push(line)
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
