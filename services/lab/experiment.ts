import { stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { loadClients } from '#client/catalogue.ts'
import type { Client } from '#client/client.ts'
import { type Catalogue, select } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import { probeWritable } from '#kit/files.ts'
import type { Attack } from '#mitm/attack.ts'
import { loadAttacks } from '#mitm/catalogue.ts'
import { CONTROL } from './control.ts'

export interface Catalogues {
  readonly attacks: Catalogue<Attack>
  readonly clients: Catalogue<Client>
}

export async function loadCatalogues(): Promise<Catalogues> {
  const [attacks, clients] = await Promise.all([loadAttacks(), loadClients()])
  return { attacks, clients }
}

/** What the patterns name. The control is always among the attacks, for without it nothing is proved. */
export function choose(catalogues: Catalogues, patterns: { attack: readonly string[]; client: readonly string[] }) {
  const chosen = select(catalogues.attacks, patterns.attack, 'attack')
  const control = catalogues.attacks.get(CONTROL)
  if (!control) {
    throw new LabError('CONTROL_MISSING', `the catalogue has no attack '${CONTROL}', so nothing can be proved`, {
      kind: 'failure',
    })
  }
  const attacks = chosen.some(({ id }) => id === CONTROL) ? chosen : [control, ...chosen]
  return { attacks, clients: select(catalogues.clients, patterns.client, 'client') }
}

/**
 * Where the JSON will go, found out before the experiment and not after it.
 * @throws LabError CANNOT_WRITE
 */
export async function reportPath(out: string, name: string): Promise<string> {
  const isFolder = await stat(out).then(
    (found) => found.isDirectory(),
    () => extname(out) !== '.json',
  )
  const path = resolve(isFolder ? join(out, `${name}.json`) : out)
  await probeWritable(path)
  return path
}
