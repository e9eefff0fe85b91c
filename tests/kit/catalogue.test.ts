import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { type Catalogue, loadCatalogue, select } from '#kit/catalogue.ts'

interface Dish {
  readonly price: number
}

const complaints = (value: unknown) =>
  typeof value === 'object' && value !== null && 'price' in value && typeof value.price === 'number'
    ? []
    : ['price is not a number']

/** A folder with these files, loaded as a catalogue of dishes. */
async function menu(files: Record<string, string>, order?: (a: Dish, b: Dish) => number): Promise<Catalogue<Dish>> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-catalogue-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    await cp(new URL('../../package.json', import.meta.url), join(folder, 'package.json'))
    return await loadCatalogue<Dish>({
      folder: pathToFileURL(`${folder}/`),
      noun: 'dish',
      complaints,
      ...(order ? { order } : {}),
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('each .ts file of the folder is an entry, its name the id, sorted by id', async () => {
  const dishes = await menu({
    'soup.ts': 'export default { price: 4 as number }',
    'bread.ts': 'export default { price: 1 }',
    'notes.md': 'not a dish',
  })
  expect([...dishes]).toEqual([
    ['bread', { id: 'bread', price: 1 }],
    ['soup', { id: 'soup', price: 4 }],
  ])
})

test('an order of its own decides', async () => {
  const files = { 'a.ts': 'export default { price: 1 }', 'b.ts': 'export default { price: 2 }' }
  expect([...(await menu(files, (a, b) => b.price - a.price)).keys()]).toEqual(['b', 'a'])
})

test('all files that cannot be used are named together', async () => {
  const broken = menu({
    'good.ts': 'export default { price: 1 }',
    'free.ts': "export default { price: 'nothing' }",
    'bare.ts': 'export const price = 1',
    'burnt.ts': "throw new Error('smoke')",
  })
  await expect(broken).rejects.toMatchObject({
    code: 'CATALOGUE_BROKEN',
    details: ['bare.ts: price is not a number', 'burnt.ts: smoke', 'free.ts: price is not a number'],
  })
})

test('an empty folder is no catalogue', async () => {
  await expect(menu({})).rejects.toMatchObject({ code: 'CATALOGUE_BROKEN', details: ['the folder has no entry'] })
})

describe('select', () => {
  const dishes: Catalogue<Dish> = new Map(['bread', 'soup', 'soup-of-day'].map((id, price) => [id, { id, price }]))
  const ids = (...patterns: string[]) => select(dishes, patterns, 'dish').map(({ id }) => id)

  test('nothing asked is everything', () => {
    expect(ids()).toEqual(['bread', 'soup', 'soup-of-day'])
  })

  test('ids and globs choose, in the order of the catalogue and once', () => {
    expect(ids('soup*', 'bread', 'soup')).toEqual(['bread', 'soup', 'soup-of-day'])
    expect(ids('soup')).toEqual(['soup'])
  })

  test('a mistyped id is answered with the nearest', () => {
    expect(() => ids('bred')).toThrow("there is no dish called 'bred'")
    expect(() => ids('bred')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_ID', hint: expect.stringContaining("'bread'") }),
    )
  })

  test('a word that is near nothing is answered with all ids', () => {
    expect(() => ids('chocolate')).toThrow(expect.objectContaining({ hint: 'all ids: bread, soup, soup-of-day' }))
  })
})
