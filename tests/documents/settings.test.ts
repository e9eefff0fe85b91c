import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { codeSpans, exampleSettings, pages, readText, root, tableRows } from '../support/documents.ts'
import { documentedCodes, issuedCodes, productionFiles } from '../support/error-codes.ts'

test('each is in a table and in .env.example with the default that the code has', async () => {
  const inCode = (await codeSettings()).map(({ name, value }) => `${name}=${value}`)
  expect(exampleSettings(readText('.env.example')).map(({ name, value }) => `${name}=${value}`)).toEqual(
    expect.arrayContaining(inCode),
  )
  const inTables = settingRows().map(([name, value]) => `${name}=${value}`)
  expect(inCode.filter((line) => !inTables.includes(line))).toEqual([])
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
  const codes = new Set([...issuedCodes(), ...documentedCodes()])
  const strays = told.filter(
    (name) => [...prefixes].some((prefix) => name.startsWith(prefix)) && !known.has(name) && !codes.has(name),
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
  const plain = (cell: string) => cell.replaceAll('`', '').replace(/^(none|–|-|—)$/, '')
  return pages().flatMap(({ text }) => tableRows(text, 'setting').map((row) => row.map(plain)))
}

/** Every setting of every part, with its default as a user would write it. */
async function codeSettings(): Promise<{ name: string; value: string; file: string }[]> {
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

function readable(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  return text.startsWith(root) ? relative(root, text).replaceAll('\\', '/') + (text.endsWith('/') ? '/' : '') : text
}
