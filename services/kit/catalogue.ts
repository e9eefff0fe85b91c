import { readdir } from 'node:fs/promises'
import { basename, matchesGlob } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LabError } from './error.ts'
import { nearest } from './nearest.ts'

export type Entry<T> = T & { readonly id: string }
export type Catalogue<T> = ReadonlyMap<string, Entry<T>>

export interface CatalogueOptions<T> {
  /** The folder, as a URL ending in a slash: every `.ts` file in it is one entry and its name is the id. */
  readonly folder: URL
  /** One word for an entry: "attack". */
  readonly noun: string
  /** Complaints about a default export that is not an entry; empty when it is one. */
  readonly complaints: (value: unknown) => readonly string[]
  /** Decides the order; by id when absent. */
  readonly order?: (a: Entry<T>, b: Entry<T>) => number
}

/** @throws LabError CATALOGUE_BROKEN naming every file that cannot be loaded or lacks a field */
export async function loadCatalogue<T>(options: CatalogueOptions<T>): Promise<Catalogue<T>> {
  const files = (await readdir(fileURLToPath(options.folder))).filter((name) => name.endsWith('.ts')).sort()
  const loaded = await Promise.all(files.map((file) => loadEntry(file, options)))
  const details = loaded.flatMap((one) => ('wrong' in one ? one.wrong : []))
  if (details.length > 0 || loaded.length === 0) {
    throw new LabError(
      'CATALOGUE_BROKEN',
      `the catalogue of ${options.noun}s in ${fileURLToPath(options.folder)} cannot be used`,
      {
        details: details.length > 0 ? details : ['the folder has no entry'],
        hint: `mend or remove the file; the shape of an entry is written in the ${options.noun} contract`,
      },
    )
  }
  const entries = loaded.flatMap((one) => ('entry' in one ? [one.entry] : []))
  entries.sort(options.order ?? ((a, b) => (a.id < b.id ? -1 : 1)))
  return new Map(entries.map((entry) => [entry.id, entry]))
}

type Loaded<T> = { entry: Entry<T> } | { wrong: string[] }

async function loadEntry<T>(file: string, options: CatalogueOptions<T>): Promise<Loaded<T>> {
  try {
    const module: { default?: unknown } = await import(new URL(file, options.folder).href)
    const wrong = options.complaints(module.default).map((complaint) => `${file}: ${complaint}`)
    if (wrong.length > 0) return { wrong }
    // complaints() has just vouched for the shape.
    return { entry: { ...(module.default as T), id: basename(file, '.ts') } }
  } catch (error) {
    return { wrong: [`${file}: ${error instanceof Error ? error.message : String(error)}`] }
  }
}

/**
 * The entries that ids or globs name, in catalogue order; all when none is given.
 * @throws LabError UNKNOWN_ID with the nearest match
 */
export function select<T>(catalogue: Catalogue<T>, patterns: readonly string[], noun: string): Entry<T>[] {
  const ids = [...catalogue.keys()]
  for (const pattern of patterns) {
    if (ids.some((id) => matchesGlob(id, pattern))) continue
    const near = nearest(pattern, ids)
    throw new LabError('UNKNOWN_ID', `there is no ${noun} called '${pattern}'`, {
      hint: near ? `did you mean '${near}'? All ids: --list` : `all ids: ${ids.join(', ')}`,
    })
  }
  const wanted = (id: string) => patterns.length === 0 || patterns.some((pattern) => matchesGlob(id, pattern))
  return [...catalogue.values()].filter((entry) => wanted(entry.id))
}
