import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Page {
  /** `docs/errors.md` */
  readonly path: string
  readonly text: string
}

export const TOP_PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'] as const

/** Everything that a reader is told: the pages at the top and those in docs/. */
export function pages(): Page[] {
  const paths = [...TOP_PAGES, ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  return paths
    .filter((path) => path.endsWith('.md') && existsSync(join(root, path)))
    .sort()
    .map((path) => ({ path, text: readText(path) }))
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Body rows of each table whose heading starts with this word, cells trimmed. */
export function tableRows(text: string, heading: string): string[][] {
  const rows: string[][] = []
  let inside = false
  for (const line of text.split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim())
      : undefined
    if (!cells) inside = false
    else if (cells[0]?.toLowerCase() === heading) inside = true
    else if (inside && !/^:?-+:?$/.test(cells[0] ?? '')) rows.push(cells)
  }
  return rows
}

/** `code` spans outside of fenced blocks. */
export function codeSpans(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '')
}

/** Lines of fenced blocks and code spans: where commands are written. Prompts, comments and `\` line ends are gone. */
export function commandLines(text: string): string[] {
  const fenced = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')
  const lines = fenced.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
  return [...lines, ...codeSpans(text)].map((line) =>
    line
      .replace(/^\$ /, '')
      .replace(/\s+#\s.*$/, '')
      .trim(),
  )
}

/** Links to other places of the repository: `[text](path#anchor)`, `![alt](path)`. */
export function internalLinks(page: Page): { target: string; anchor: string | undefined }[] {
  const prose = page.text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]+`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#')
      return { target: path === '' ? page.path : posix.join(dirname(page.path), path), anchor }
    })
}

/** As GitHub makes them from headings. */
export function anchors(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

export interface Variable {
  readonly name: string
  readonly value: string
}

/** `NAME=value` and `# NAME=value` lines of .env.example; a setting without a default is commented out. */
export function exampleSettings(text: string): Variable[] {
  return [...text.matchAll(/^(?:# ?)?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }))
}
