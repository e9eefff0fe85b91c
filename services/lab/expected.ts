import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { type Reason, type Road, reasonOf } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { inapplicable } from './applicable.ts'
import type { VerdictWord } from './judge.ts'

export interface Expectation {
  readonly verdict: VerdictWord
  readonly reason?: Reason
}

type Asked = Pick<Entry<Attack>, 'id' | 'family' | 'stoppedBy' | 'refusedAs' | 'needs' | 'genuine' | 'road'>
type Answering = Pick<Client, 'checks' | 'mistake' | 'can' | 'deployment'>

/**
 * What follows from the two lists: the first check of the client's that stops the attack gives the reason; where none
 * does, the client is fooled, or in a control arrives. A naive client names the checks that its mistake undoes and the
 * attacks that get past them. Never asked by the judge, so that a client which overstates its checks stands out.
 * @param road where the attack has none of its own
 */
export function expected(attack: Asked, client: Answering, road: Road = 'takeover'): Expectation {
  if (inapplicable(attack, client) !== undefined) return { verdict: 'not-applicable' }
  const { undoes = {}, falls = {} } = mistakeOn(attack.road ?? road, client) ?? {}
  const fall = falls[attack.id]
  if (fall) return { verdict: fall }
  const stopping = client.checks.filter((check) => attack.stoppedBy.includes(check))
  const made = stopping.find((check) => undoes[check] === undefined)
  if (made) return { verdict: 'blocked', reason: attack.refusedAs ?? reasonOf(made) }
  if (attack.family === 'control') return { verdict: 'reached' }
  const [first] = stopping
  return { verdict: (first && undoes[first]) ?? 'intercepted' }
}

function mistakeOn(road: Road, { mistake }: Answering): Client['mistake'] {
  return mistake?.road === undefined || mistake.road === road ? mistake : undefined
}
