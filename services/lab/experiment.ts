import { stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { loadClients } from '#client/catalogue.ts'
import type { Client } from '#client/client.ts'
import { type Catalogue, type Entry, select } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import { probeWritable } from '#kit/files.ts'
import { nearest } from '#kit/nearest.ts'
import { type Attack, FAMILIES, WORLDS } from '#mitm/attack.ts'
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

export interface Patterns {
  readonly attack: readonly string[]
  readonly client: readonly string[]
  readonly family?: readonly string[]
  readonly world?: readonly string[]
}

/** What a first look shows; the battery has all of it. */
const FIRST_ATTACKS = [
  'none',
  'stranger-authority',
  'trusted-authority',
  'self-signed-lookalike',
  'other-host',
  'expired',
  'append-pinned-leaf',
  'stolen-key',
]

const FIRST_CLIENTS = ['unpinned', 'pinned-certificate', 'pinned-key']

/** Where nothing is named: the first attacks against the first clients. */
export function firstLook(_: Catalogues, { attack, client }: Patterns): Patterns {
  return { attack: attack.length > 0 ? attack : FIRST_ATTACKS, client: client.length > 0 ? client : FIRST_CLIENTS }
}

/**
 * What the patterns name. The control is always among the attacks, for without it nothing is proved.
 * @throws LabError UNKNOWN_ID with the nearest match, NOTHING_CHOSEN, CONTROL_MISSING
 */
export function choose({ attacks, clients }: Catalogues, { attack, client, family = [], world = [] }: Patterns) {
  const control = attacks.get(CONTROL)
  if (!control) {
    throw new LabError('CONTROL_MISSING', `the catalogue has no attack '${CONTROL}', so nothing can be proved`, {
      kind: 'failure',
    })
  }
  assertWords(family, FAMILIES, 'family')
  assertWords(world, WORLDS, 'world')
  const chosen = select(attacks, attack, 'attack').filter(
    (entry) => matches(family, entry.family) && matches(world, entry.holds),
  )
  if (chosen.length === 0) throw nothingLeft({ attack, family, world })
  return {
    attacks: withTheirControls(control, chosen, attacks),
    clients: select(clients, client, 'client'),
  }
}

function withTheirControls(
  control: Entry<Attack>,
  chosen: readonly Entry<Attack>[],
  attacks: Catalogue<Attack>,
): readonly Entry<Attack>[] {
  const theirs = chosen.flatMap((attack) => attacks.get(attack.control ?? CONTROL) ?? [])
  return [...new Set([control, ...theirs].filter((one) => !chosen.includes(one))), ...chosen]
}

function nothingLeft(given: Readonly<Record<string, readonly string[]>>): LabError {
  const options = Object.entries(given).flatMap(([name, words]) => words.map((word) => `--${name} ${word}`))
  return new LabError('NOTHING_CHOSEN', `no attack is all of this: ${options.join(', ')}`, {
    hint: 'leave one of them out; all attacks, by family: --list',
  })
}

function matches(words: readonly string[], word: string): boolean {
  return words.length === 0 || words.includes(word)
}

function assertWords(given: readonly string[], known: readonly string[], noun: string): void {
  const wrong = given.find((word) => !known.includes(word))
  if (wrong === undefined) return
  const near = nearest(wrong, known)
  throw new LabError('UNKNOWN_ID', `there is no ${noun} called '${wrong}'`, {
    hint: near ? `did you mean '${near}'?` : `all of them: ${known.join(', ')}`,
  })
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
