import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Reporter } from '../reporter.ts'
import type { Run } from '../result.ts'
import { html, textOf, trusted } from './html/markup.ts'
import { page, plays } from './html/page.ts'

// The later ones set right for narrow screens and paper what the earlier ones say.
const STYLES = ['page', 'matrix', 'sections', 'play', 'narrow', 'print']

const SCRIPTS = ['matrix', 'page']

const file = (name: string) => readFileSync(new URL(`./html/${name}`, import.meta.url), 'utf8')

export default {
  title: 'One self-contained page, for people: the matrix, and both sides of each play.',
  render: (run) => [...pieces(run)].join(''),
  pieces,
} satisfies Reporter

function* pieces(run: Run): Generator<string> {
  const style = STYLES.map((name) => file(`${name}.css`)).join('\n')
  const script = SCRIPTS.map((name) => file(`${name}.js`)).join('\n')
  // Even if something hostile got through the escaping, the browser would neither run it nor fetch for it.
  const policy = `default-src 'none'; style-src '${hash(style)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'`
  yield textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pinning Lab: ${run.surprises === 0 ? 'nothing surprising' : `${run.surprises} surprising`}</title>
<style>${trusted(style)}</style>
</head>
<body>
${page(run)}
`)
  for (const play of plays(run)) yield textOf(play)
  yield textOf(html`
<script>${trusted(script)}</script>
</body>
</html>
`)
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
