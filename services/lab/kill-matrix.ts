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

export interface ToldFall {
  readonly fall: Fall
  /** Where it was seen, when that is not everywhere; Markdown: on the takeover road. */
  readonly only?: string
  /** No longer seen on the newest Node. */
  readonly mended?: true
}

/** Newer than any that a fall names. */
const NEWEST = '999.0.0'

/** The same whatever Node asks: what the newest falls to, and what older ones did besides. */
export function toldFall(attack: Entry<Attack>, client: NaiveClient): ToldFall | undefined {
  const told = client.mistake.falls?.[attack.id]
  const { node, road, fall: elsewhere } = typeof told === 'object' ? told : {}
  const onRoad = road ? [`on the ${road} road`] : []
  const fall = fallOf(attack, client, { node: NEWEST, ...(road && { road }) })
  if (fall) return road ? { fall, only: onRoad.join() } : { fall }
  if (!elsewhere || !node) return undefined
  return { fall: elsewhere, only: [`Node \`${node}\``, ...onRoad].join(', '), mended: true }
}
