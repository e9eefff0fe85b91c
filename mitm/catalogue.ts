import { type Catalogue, type Entry, loadCatalogue } from '#kit/catalogue.ts'
import { type Attack, attackComplaints, FAMILIES } from './attack.ts'

/** Every file in `attacks/`, by family and then by id, the plainest control before all. @throws LabError CATALOGUE_BROKEN */
export function loadAttacks(): Promise<Catalogue<Attack>> {
  return loadCatalogue<Attack>({
    folder: new URL('./attacks/', import.meta.url),
    noun: 'attack',
    complaints: attackComplaints,
    order: (a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1),
  })
}

function rank({ id, family }: Entry<Attack>): number {
  return id === 'none' ? -1 : FAMILIES.indexOf(family)
}
