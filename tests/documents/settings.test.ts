import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { PLACEHOLDERS, type Placeholder, variableOf } from '#client/external/placeholders.ts'
import { codeSpans, exampleSettings, pages, readText, root, tableRows } from '../support/documents.ts'
import { documentedCodes, issuedCodes, productionFiles } from '../support/error-codes.ts'

test('each is in .env.example with the default that the code has', async () => {
  const told = exampleSettings(readText('.env.example')).map(({ name, value }) => `${name}=${value}`)
  const wanted = (await codeSettings()).map(({ name, value }) => `${name}=${value ?? ''}`)
  expect(wanted.filter((line) => !told.includes(line))).toEqual([])
})

test('each is in the table of a page with the default that the code has', async () => {
  // Where there is no default, the page may say in words what happens.
  const missing = (await codeSettings()).filter(
    ({ name, value }) => !settingRows().some((row) => row[0] === name && (value === undefined || row[1] === value)),
  )
  expect(missing.map(({ name, value, file }) => `${file}: ${name}=${value ?? ''}`)).toEqual([])
})

test('none is documented that the code does not read', async () => {
  const known = new Set([...(await codeSettings()).map(({ name }) => name), ...composeVariables()])
  const documented = [
    ...exampleSettings(readText('.env.example')).map(({ name }) => name),
    ...settingRows().map(([name = '']) => name),
  ]
  expect(documented.length).toBeGreaterThan(30)
  expect(documented.filter((name) => !known.has(name))).toEqual([])
  const prefixes = new Set([...known].map((name) => name.replace(/_.*/, '_')))
  const told = pages()
    .flatMap(({ text }) => codeSpans(text))
    .flatMap((span) => span.match(/\b[A-Z]+_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [])
  const setForPrograms = (Object.keys(PLACEHOLDERS) as Placeholder[]).map(variableOf)
  const values = (await codeSettings()).map(({ value }) => value)
  const others = new Set([...issuedCodes(), ...documentedCodes(), ...values, ...setForPrograms])
  const strays = told.filter(
    (name) => [...prefixes].some((prefix) => name.startsWith(prefix)) && !known.has(name) && !others.has(name),
  )
  expect(strays).toEqual([])
})

test('each is used after it is read', async () => {
  const unused = (await codeSettings()).filter(
    ({ name, file }) => readText(file).split(new RegExp(`\\b${name}\\b`)).length < 3,
  )
  expect(unused).toEqual([])
})

test('each that the Compose file sets is one that the code reads or Node knows', async () => {
  const known = new Set((await codeSettings()).map(({ name }) => name))
  const set = [...readText('docker-compose.yml').matchAll(/^\s+(?:- )?([A-Z][A-Z0-9_]+)[:=]/gm)].map(
    ([, name = '']) => name,
  )
  expect(
    set.filter((name) => !known.has(name) && !/^(NODE|TESTCONTAINERS)_|^NO_COLOR$|^FORCE_COLOR$/.test(name)),
  ).toEqual([])
})

test('each variable of the Compose file is in .env.example', () => {
  const told = exampleSettings(readText('.env.example')).map(({ name }) => name)
  expect(composeVariables().filter((name) => !told.includes(name))).toEqual([])
})

function composeVariables(): string[] {
  return [...readText('docker-compose.yml').matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]+)/g)].map(([, name = '']) => name)
}

function settingRows(): string[][] {
  const plain = (cell: string) => cell.replaceAll('`', '').replace(/^(none|empty|–|-|—)$/, '')
  const rows = pages().flatMap(({ text }) => tableRows(text, 'setting').map((row) => row.map(plain)))
  // The pinning library's options are settings of another kind.
  return rows.filter(([name = '']) => /^[A-Z]/.test(name))
}

/** Every setting of every part, with its default as a user would write it. */
async function codeSettings(): Promise<{ name: string; value: string | undefined; file: string }[]> {
  const files = productionFiles().filter((path) => path.endsWith('/config.ts'))
  const found = await Promise.all(
    files.map(async (file) => {
      const module: { settings: Record<string, { default?: unknown }> } = await import(
        pathToFileURL(join(root, file)).href
      )
      return Object.entries(module.settings).map(([name, schema]) => ({ name, value: readable(schema.default), file }))
    }),
  )
  return found.flat()
}

/** A path as it is from the repository. */
function readable(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(root)) return typeof value === 'string' ? value : undefined
  return relative(root, value).replaceAll('\\', '/') + (/[\\/]$/.test(value) ? '/' : '')
}
