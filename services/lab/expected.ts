import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { type Reason, reasonOf } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import type { VerdictWord } from './judge.ts'

export interface Expectation {
  readonly verdict: VerdictWord
  readonly reason?: Reason
}

/**
 * What follows from the two lists: the first check of the client's that stops the attack gives the reason; where none
 * does, the client is fooled. A naive client names what it falls to in spite of its list. Never asked by the judge, so that a client which overstates its checks stands out.
 */
export function expected(
  attack: Pick<Entry<Attack>, 'id' | 'present' | 'stoppedBy'>,
  client: Pick<Client, 'checks' | 'mistake'>,
): Expectation {
  if (attack.present === 'relay') return { verdict: 'reached' }
  const fall = client.mistake?.falls[attack.id]
  if (fall) return { verdict: fall }
  const stopping = client.checks.find((check) => attack.stoppedBy.includes(check))
  return stopping ? { verdict: 'blocked', reason: reasonOf(stopping) } : { verdict: 'intercepted' }
}
