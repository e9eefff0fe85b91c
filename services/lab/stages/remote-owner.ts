import type { Rehearsed } from '#certs/rehearse.ts'
import type { Deployment, KeyChoice } from '#certs/rotation.ts'
import { type BackstageDoor, callBackstage } from '#kit/backstage.ts'
import type { Owner } from './genuine.ts'

/** The owner of the genuine host, where keys and authority are in a container of their own. */
export async function remoteOwner(door: BackstageDoor, deployment: Deployment, now: Date): Promise<Owner> {
  // The contract is JSON, and both ends of it are this repository.
  const ask = async (key?: KeyChoice) =>
    (await callBackstage(door, '/rehearse', { deployment, ...(key && { key }) })) as Rehearsed
  const { credentials, root } = await ask()
  return { deployment, now, root, current: credentials, renewed: async (key) => (await ask(key)).credentials }
}
