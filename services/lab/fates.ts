import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import { inapplicable } from './applicable.ts'
import { expected } from './expected.ts'
import { fallOf, type NaiveClient } from './kill-matrix.ts'
import { inWords } from './words.ts'

/** What is expected to become of each client. Ids, in the order of the catalogue. */
export interface Fates {
  /** Their mistake opens what their checks would have closed; those whose mistake names this very attack come first. */
  readonly mistaken: readonly NaiveClient[]
  /** None of their checks would have stopped it. */
  readonly unguarded: readonly string[]
  /** By how: `blocked (pin)`. */
  readonly standing: ReadonlyMap<string, readonly string[]>
  /** By the ability that they lack. */
  readonly unasked: ReadonlyMap<string, readonly string[]>
}

export function fates(attack: Entry<Attack>, clients: readonly Entry<Client>[]): Fates {
  const asked = clients.filter((client) => inapplicable(attack, client) === undefined)
  const mistaken = asked.filter(isNaive).filter((client) => fallOf(attack, client) !== undefined)
  const isNamed = ({ mistake }: NaiveClient) => mistake.falls?.[attack.id] !== undefined
  const others = asked
    .filter((client) => !mistaken.some(({ id }) => id === client.id))
    .map((client) => ({ id: client.id, fate: expected(attack, client) }))
  const fallen = others.filter(({ fate }) => fate.verdict === 'intercepted' || fate.verdict === 'leaked')
  const stood = others.filter((one) => !fallen.includes(one))
  return {
    mistaken: [...mistaken.filter(isNamed), ...mistaken.filter((client) => !isNamed(client))],
    unguarded: fallen.map(({ id }) => id),
    standing: grouped(stood.map(({ id, fate }) => [inWords(fate), id])),
    unasked: grouped(
      clients.flatMap((client) => {
        const why = inapplicable(attack, client)
        return why === undefined ? [] : [[why, client.id] as const]
      }),
    ),
  }
}

function isNaive(client: Entry<Client>): client is NaiveClient {
  return client.mistake !== undefined
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [name, id] of pairs) groups.set(name, [...(groups.get(name) ?? []), id])
  return groups
}
