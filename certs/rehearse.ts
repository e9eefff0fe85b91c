import type { Credentials } from './credentials.ts'
import { type Deployment, type KeyChoice, renew } from './rotation.ts'
import { inspect, type Workshop } from './workshop.ts'

/** What the owner of the genuine host has in hand. JSON, so that it can travel to the lab. */
export interface Rehearsed {
  readonly credentials: Credentials
  /** PEM: the authorities that the device trusts. */
  readonly root: string
}

export interface Rehearsal {
  readonly deployment: Deployment
  /** Of the renewal that is rehearsed; what is in use when absent. */
  readonly key?: KeyChoice
}

/**
 * What is in use, or what a renewal would put in its place. Nothing is written, so that the proxy goes on with what it
 * has: plays side by side must not change each other's host.
 */
export async function rehearse(workshop: Workshop, { deployment, key }: Rehearsal): Promise<Rehearsed> {
  const { material } = await inspect(workshop)
  const { now, days } = workshop
  const {
    root,
    providedAuthority = '',
    ...pairs
  } = key === undefined ? material : await renew(material, { deployment, key, now: now(), ...(days && { days }) })
  return {
    credentials: deployment === 'ca-signed' ? pairs.proxyCaSigned : pairs.proxySelfSigned,
    root: root.chain + providedAuthority,
  }
}
