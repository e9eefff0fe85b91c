import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { partOf, sourceFiles, violations } from './support/architecture.ts'
import { readSource } from './support/source.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('the house keeps its own rules', () => {
  expect(violations(root)).toEqual([])
})

test('the check sees every source file that git knows, in every part', () => {
  const seen = sourceFiles(root)
  const known = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root })
    .toString()
    .split('\0')
    .filter((path) => /^[^/]+\/.*\.(m?ts|m?js)$/.test(path) && existsSync(join(root, path)))
  expect(seen).toEqual(known.sort())
  const parts = new Set(seen.map(partOf))
  expect(parts).toEqual(
    new Set(['kit', 'pin', 'certs', 'nasa', 'attestation', 'proxy', 'client', 'mitm', 'lab', undefined]),
  )
})

test.each([
  'mitm/attack.ts',
  'mitm/evidence.ts',
  'services/client/client.ts',
  'services/lab/stage.ts',
  'services/lab/result.ts',
])('the contract %s is a file of its own', (path) => {
  expect(sourceFiles(root)).toContain(path)
})

/** A house in order: one file in each part, each using only what it may. */
const SOUND: Readonly<Record<string, string>> = {
  'services/kit/error.ts': 'export const code = 1',
  'services/client/pin/pin.ts': "import { createHash } from 'node:crypto'\nexport const pin = createHash",
  'services/client/pin/got.ts': "import got from 'got'\nimport { pin } from './pin.ts'\nexport default [got, pin]",
  'services/client/pin/fetch.ts': "import { fetch } from 'undici'\nexport { fetch }",
  'services/client/pin/main.ts': "import { code } from '#kit/error.ts'\nprocess.exit(code)",
  'services/client/run.ts':
    "import { pin } from '#pin/pin.ts'\nimport { code } from '#kit/error.ts'\nexport { pin, code }",
  'services/proxy/app.ts': "import { code } from '#kit/error.ts'\nexport const app = { console: code }",
  'services/nasa/app.ts': 'export const app = process.pid',
  'services/attestation/app.ts': 'export const app = 1',
  'certs/authority.ts': "import { code } from '#kit/error.ts'\nexport const authority = code",
  'mitm/recorder.ts':
    "import { getLocal } from 'mockttp'\nimport { authority } from '#certs/authority.ts'\nexport { getLocal, authority }",
  'services/lab/battery.ts':
    "import '#mitm/recorder.ts'\nimport '#client/run.ts'\nimport type { app } from '#proxy/app.ts'",
}

/** Writes the house, changes some files, and tells what the check says. */
function complaintsAbout(changes: Readonly<Record<string, string>>): string[] {
  const house = mkdtempSync(join(tmpdir(), 'pinlab-house-'))
  try {
    cpSync(join(root, 'package.json'), join(house, 'package.json'))
    for (const [path, text] of Object.entries({ ...SOUND, ...changes })) {
      mkdirSync(dirname(join(house, path)), { recursive: true })
      writeFileSync(join(house, path), text)
    }
    return violations(house)
  } finally {
    rmSync(house, { recursive: true })
  }
}

test('a house in order draws no complaint', () => {
  expect(complaintsAbout({})).toEqual([])
})

describe('a planted violation is found', () => {
  const types = 'export type T = 1\n'
  test.each([
    ['kit imports a part', 'services/kit/x.ts', "import '#certs/authority.ts'", 'kit may not import certs'],
    ['pin imports kit', 'services/client/pin/x.ts', "import '#kit/error.ts'", 'pin may not import kit'],
    ['pin imports got twice', 'services/client/pin/x.ts', "import 'got'", 'pin may not import got'],
    ['pin imports undici twice', 'services/client/pin/got.ts', "import 'undici'", 'pin may not import undici'],
    ['certs imports the client', 'certs/x.ts', "import '#client/run.ts'", 'certs may not import client'],
    ['the stand-in imports certs', 'services/nasa/x.ts', "import '#certs/authority.ts'", 'nasa may not import certs'],
    [
      'attestation imports the proxy',
      'services/attestation/x.ts',
      "import '#proxy/app.ts'",
      'attestation may not import proxy',
    ],
    ['the proxy imports certs', 'services/proxy/x.ts', "import '#certs/authority.ts'", 'proxy may not import certs'],
    [
      'the defender imports the attacker',
      'services/client/x.ts',
      "import '#mitm/recorder.ts'",
      'client may not import mitm',
    ],
    ['the client imports the proxy', 'services/client/x.ts', "import '#proxy/app.ts'", 'client may not import proxy'],
    ['the attacker imports the pin', 'mitm/x.ts', "import '#pin/pin.ts'", 'mitm may not import pin'],
    [
      'the attacker imports the client',
      'mitm/x.ts',
      "import type { pin } from '#client/run.ts'",
      'mitm may not import client',
    ],
    ['a part imports tests', 'services/lab/x.ts', "import '../../tests/y.ts'", 'lab may not import tests/y.ts'],
    ['mockttp elsewhere', 'mitm/x.ts', "import 'mockttp'", 'nowhere else'],
    ['mockttp in the lab', 'services/lab/x.ts', "await import('mockttp')", 'nowhere else'],
    ['a development package at run time', 'services/lab/x.ts', "import 'jest'", 'jest is not a dependency'],
    ['a path across parts', 'services/lab/x.ts', "import '../../mitm/recorder.ts'", 'crosses parts; write #mitm/…'],
    ['a name within a part', 'mitm/x.ts', "import '#mitm/recorder.ts'", 'write it relative'],
    ['a file that is not there', 'mitm/x.ts', "import './gone.ts'", 'leads to no file'],
    ['a part that is not there', 'mitm/x.ts', "import '#gone/x.ts'", 'leads to no file'],
    ['a computed import', 'mitm/x.ts', 'await import(process.title)', 'imports a computed path'],
    [
      'an environment read',
      'services/proxy/x.ts',
      'export const a = process.env.HOME',
      'process.env.HOME belongs in main.ts',
    ],
    ['a destructured environment', 'services/proxy/x.ts', 'const { env } = process', 'process.env belongs in main.ts'],
    [
      'an imported environment',
      'services/proxy/x.ts',
      "import { versions, env as e } from 'node:process'",
      'process.env belongs in main.ts',
    ],
    ['an argument read', 'services/proxy/x.ts', "globalThis.process['argv']", 'process.argv belongs in main.ts'],
    ['an exit', 'services/proxy/x.ts', 'process.exit(1)', 'process.exit belongs in main.ts'],
    ['a console', 'services/proxy/x.ts', 'console.log(1)', 'console belongs in main.ts'],
    ['another variable in pin', 'services/client/pin/x.ts', 'process.env.HOME', 'process.env.HOME belongs in main.ts'],
    ['a long file', 'certs/x.ts', '1\n'.repeat(251), '251 lines'],
    ['an index', 'mitm/attacks/index.ts', types, 'only the pinning library has an index'],
    ['a cycle of one', 'mitm/x.ts', "import './x.ts'", 'import cycle: mitm/x.ts → mitm/x.ts'],
  ])('%s', (_title, path, text, complaint) => {
    expect(complaintsAbout({ 'tests/y.ts': types, [path]: text })).toContainEqual(expect.stringContaining(complaint))
  })

  test('a cycle through types alone', () => {
    const found = complaintsAbout({
      'mitm/a.ts': "import type { B } from './b.ts'\nexport type A = B",
      'mitm/b.ts': "export type B = import('./c.ts').C",
      'mitm/c.ts': "export { type A as C } from './a.ts'",
    })
    expect(found).toEqual(['import cycle: mitm/a.ts → mitm/b.ts → mitm/c.ts → mitm/a.ts'])
  })
})

test('what Node itself calls "trust everything" may be read by the pinning library', () => {
  const text = "export const off = process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0'"
  expect(complaintsAbout({ 'services/client/pin/x.ts': text })).toEqual([])
})

test('every way of naming a module is seen, and none in a comment or a string', () => {
  const text = `
    import 'a'; import type { B } from "b"; import {
      c,
    } from 'c'; export * from 'd'; export { type E } from 'e'; export type { F } from 'f'
    const g = await import('g'); const h = import(\`h\`); type I = typeof import('i'); type J = import('j').J
    const k = require('k'); const l = import.meta.resolve('l'); import m, * as n from 'm'
    // import 'no1'
    /* import 'no2' */ const s = "import 'no3'"; const t = \`import 'no4' \${ await import('o') }\`; const r = /import 'no5'/
    export const text = { from: 'no6' }
  `
  expect(readSource(text).imports.map((one) => one.specifier)).toEqual([...'abcdefghijklmo'])
})
