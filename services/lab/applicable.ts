import type { Client } from '#client/client.ts'
import type { Ability, Road } from '#kit/check.ts'
import { HOSTS } from '#kit/names.ts'
import type { Attack } from '#mitm/attack.ts'
import { suits } from './stages/genuine.ts'
import { hostOf, leadsHere } from './stages/hosts.ts'

const LACKING: Readonly<Record<Ability, string>> = {
  'unpinned-requests': 'it needs unpinned requests, and the client makes none',
  'new-pins': 'it needs pins that change while the client runs, and the client takes none',
  redirects: 'it needs redirects, and the client follows none',
  http2: 'it needs HTTP/2, and the client does not offer it',
}

type Asked = Pick<Attack, 'needs' | 'genuine' | 'spelling' | 'environment' | 'plants' | 'hostHeader' | 'road' | 'story'>
type Answering = Pick<Client, 'can' | 'deployment' | 'outside' | 'findsNames'>

/**
 * Why the attack says nothing about the client, in a sentence; undefined when it does.
 * @param road where the attack has none of its own
 */
export function inapplicable(attack: Asked, client: Answering, road: Road = 'takeover'): string | undefined {
  const { needs = [], genuine } = attack
  const { can = [], deployment, outside } = client
  const lacking = needs.find((ability) => !can.includes(ability))
  if (lacking) return LACKING[lacking]
  if (genuine && !suits(genuine, deployment)) return `a host that is ${deployment} cannot be set up like that`
  return outside ? outOfReach(attack, client, attack.road ?? road) : undefined
}

/** What cannot be done to a program that is not ours. */
function outOfReach(attack: Asked, client: Answering, road: Road): string | undefined {
  if (attack.plants) return 'nothing can be put into a program that is not ours'
  if (attack.environment) return 'it is about a process of Node’s that the lab starts itself'
  if (attack.hostHeader) return 'what a program that is not ours sends as Host is its own to decide'
  if (road === 'proxy' || client.findsNames) return undefined
  const names = [attack.spelling?.(hostOf(client, road)), goesElsewhere(attack) ? HOSTS.evil : undefined]
  const nowhere = names.find((name) => name !== undefined && !leadsHere(name))
  return nowhere && `the name ${nowhere} leads nowhere on this machine; the proxy road can play it`
}

/** The client is to ask the attacker's own site, or is sent there. */
function goesElsewhere({ genuine, story = [] }: Asked): boolean {
  const isSent = genuine === 'redirects-elsewhere' || genuine === 'redirects-there-and-back'
  return isSent || story.some((step) => step.act === 'glance' && step.at === 'elsewhere')
}
