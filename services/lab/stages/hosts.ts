import { HOST_OF } from '#client/catalogue.ts'
import type { Client } from '#client/client.ts'
import type { Road } from '#kit/check.ts'

/** A program that is not ours looks names up as it likes, and every machine leads these to itself. */
export const OUTSIDE_HOSTS = { 'ca-signed': 'localhost', 'self-signed': '127.0.0.1' } as const

/** The genuine host as this client is told to ask for it, where the attack does not spell it otherwise. */
export function hostOf({ outside, deployment }: Pick<Client, 'outside' | 'deployment'>, road: Road): string {
  // A proxy looks the name up itself.
  return outside && road === 'takeover' ? OUTSIDE_HOSTS[deployment] : HOST_OF[deployment]
}

/** Whether a program that looks names up as it likes arrives at this machine. */
export function leadsHere(name: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i.test(name)
}
