import { type Catalogue, loadCatalogue } from '#kit/catalogue.ts'
import { type Attack, attackComplaints, FAMILIES } from './attack.ts'

/** Every file in `attacks/`, by family and then by id. @throws LabError CATALOGUE_BROKEN */
export function loadAttacks(): Promise<Catalogue<Attack>> {
  return loadCatalogue<Attack>({
    folder: new URL('./attacks/', import.meta.url),
    noun: 'attack',
    complaints: attackComplaints,
    order: (a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family) || (a.id < b.id ? -1 : 1),
  })
}
