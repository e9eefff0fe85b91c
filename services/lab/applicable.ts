import type { Client } from '#client/client.ts'
import type { Ability } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { suits } from './stages/genuine.ts'

const LACKING: Readonly<Record<Ability, string>> = {
  'unpinned-requests': 'it needs unpinned requests, and the client makes none',
  'new-pins': 'it needs pins that change while the client runs, and the client takes none',
  redirects: 'it needs redirects, and the client follows none',
  http2: 'it needs HTTP/2, and the client does not offer it',
}

/** Why the attack says nothing about the client, in a sentence; undefined when it does. */
export function inapplicable(
  { needs = [], genuine }: Pick<Attack, 'needs' | 'genuine'>,
  { can = [], deployment }: Pick<Client, 'can' | 'deployment'>,
): string | undefined {
  const lacking = needs.find((ability) => !can.includes(ability))
  if (lacking) return LACKING[lacking]
  if (genuine && !suits(genuine, deployment)) return `a host that is ${deployment} cannot be set up like that`
  return undefined
}
