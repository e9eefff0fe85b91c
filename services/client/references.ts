import { fileURLToPath } from 'node:url'
import { type Catalogue, type Entry, loadCatalogue, select } from '#kit/catalogue.ts'
import { type Reference, referenceComplaints, type Variant } from './reference.ts'

const FOLDER = new URL('reference/', import.meta.url)

/** A variant with the entry that it belongs to; its id is that of the client: `curl-pinned`. */
export type ReferenceVariant = Entry<Variant> & { readonly of: Entry<Reference> }

/** @throws LabError CATALOGUE_BROKEN */
export function loadReferences(): Promise<Catalogue<Reference>> {
  return loadCatalogue<Reference>({ folder: FOLDER, noun: 'reference client', complaints: referenceComplaints })
}

/**
 * The variants that ids or globs name; all when none is given.
 * @throws LabError UNKNOWN_ID with the nearest match
 */
export function variantsCalled(references: Catalogue<Reference>, patterns: readonly string[]): ReferenceVariant[] {
  const all = [...references.values()].flatMap((of) =>
    Object.entries(of.variants).map(([name, variant]) => ({ ...variant, id: `${of.id}-${name}`, of })),
  )
  return select(new Map(all.map((variant) => [variant.id, variant])), patterns, 'reference client')
}

/** Where an entry's sources are, if it has any. */
export function sourcesOf({ id }: Entry<Reference>): string {
  return fileURLToPath(new URL(id, FOLDER))
}
