import type { Client, Fall } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import { expected, type Where } from './expected.ts'
import type { Catalogues } from './experiment.ts'

/** A client that makes a mistake, on purpose. */
export type NaiveClient = Entry<Client> & Required<Pick<Client, 'mistake'>>

export function naiveClients({ clients }: Pick<Catalogues, 'clients'>): NaiveClient[] {
  return [...clients.values()].filter((client): client is NaiveClient => client.mistake !== undefined)
}

/** How the client falls to the attack by its mistake: a client that makes the checks it claims would have blocked it. */
export function fallOf(attack: Entry<Attack>, client: NaiveClient, where: Where = {}): Fall | undefined {
  const { mistake: _, ...claimed } = client
  if (expected(attack, claimed).verdict !== 'blocked') return undefined
  const { verdict } = expected(attack, client, where)
  return verdict === 'intercepted' || verdict === 'leaked' ? verdict : undefined
}
