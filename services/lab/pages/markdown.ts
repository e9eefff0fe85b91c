/** The first lines of a page that is made from the catalogues. */
export function heading(title: string, from: string): string {
  return `# ${title}\n\nMade from ${from} by \`npm run catalogue-pages\`; a test holds it up to date. Change it there.`
}

/** Text that means nothing but itself. */
export function plain(text: string): string {
  return text.replace(/[*<|]/g, '\\$&')
}

/** `a`, `b` */
export function codes(ids: readonly string[]): string {
  return ids.map((id) => `\`${id}\``).join(', ')
}

/** `a` (on the takeover road) */
export function noted(id: string, note: string | undefined): string {
  return note === undefined ? codes([id]) : `${codes([id])} (${note})`
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** `- **Mend:** …` for each; those without text are left out. */
export function points(entries: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(entries)
    .flatMap(([name, text]) => (text ? [`- **${name}:** ${text}`] : []))
    .join('\n')
}
