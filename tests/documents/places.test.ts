import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { anchors, codeSpans, internalLinks, pages, readText, root, TOP_PAGES } from '../support/documents.ts'

test.each([...TOP_PAGES, 'LICENSE', '.env.example', 'docs/errors.md'])('%s exists', (path) => {
  expect(existsSync(join(root, path))).toBe(true)
})

const TOP = /^(certs|services|mitm|tests|docs|bench|\.ci|\.github)\//

test('each path in backticks exists', () => {
  const paths = pages().flatMap(({ path, text }) =>
    codeSpans(text)
      .map((span) => span.replace(/^\.\//, '').replace(/:\d+$/, ''))
      .filter((span) => TOP.test(span) && /^[\w./-]+$/.test(span) && !span.startsWith('certs/generated'))
      .map((span) => ({ page: path, span })),
  )
  expect(paths.length).toBeGreaterThan(10)
  expect(paths.filter(({ span }) => !existsSync(join(root, span)))).toEqual([])
})

test('each import in an example leads to a file', () => {
  const { imports } = JSON.parse(readText('package.json')) as { imports: Record<string, string> }
  const named = [...allText().matchAll(/['"](#[a-z]+)\/([\w./-]+\.ts)['"]/g)]
  const gone = named.filter(
    ([, part, rest]) => !existsSync(join(root, (imports[`${part}/*`] ?? '?').replace('*', rest ?? ''))),
  )
  expect(gone.map(([specifier]) => specifier)).toEqual([])
})

test('an example that names its file is that file, word for word', () => {
  // Of the walk through adding an attack the files are made by whoever walks, as its own test does.
  const told = pages().filter(({ path }) => path !== 'docs/add-an-attack.md')
  const quoted = [...textOf(told).matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```/gm)]
  expect(quoted.length).toBeGreaterThan(0)
  expect(quoted.filter(([, path = '', text = '']) => readText(path) !== text).map(([, path]) => path)).toEqual([])
})

test('each link inside the repository leads somewhere', () => {
  const dead = pages().flatMap((page) =>
    internalLinks(page)
      .filter(({ target, anchor }) => {
        if (!existsSync(join(root, target))) return true
        return anchor !== undefined && target.endsWith('.md') && !anchors(readText(target)).includes(anchor)
      })
      .map(({ target, anchor }) => `${page.path}: ${target}${anchor === undefined ? '' : `#${anchor}`}`),
  )
  expect(dead).toEqual([])
})

test('no file names a place of the machine that it was written on', () => {
  const machine = new RegExp(
    ['/work', 'main|/work', 'shared|/home', '[a-z]|/root', '|[A-Z]:\\\\Users|\\.\\./shared'].join('/'),
  )
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root })
    .toString()
    .split('\0')
    .filter(
      (path) =>
        path !== '' && path !== '.ci/run' && path !== 'tests/documents/places.test.ts' && existsSync(join(root, path)),
    )
  expect(files.length).toBeGreaterThan(50)
  expect(files.filter((path) => machine.test(readFileSync(join(root, path), 'latin1')))).toEqual([])
})

function allText(): string {
  return textOf(pages())
}

function textOf(told: ReturnType<typeof pages>): string {
  return told.map(({ text }) => text).join('\n')
}
