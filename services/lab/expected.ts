import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { type Check, type Reason, type Road, reasonOf } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { inapplicable } from './applicable.ts'
import { fallIn, type Somewhere } from './falls.ts'
import type { VerdictWord } from './judge.ts'
import { NODE } from './versions.ts'

export interface Expectation {
  readonly verdict: VerdictWord
  /** Where any would be right, none. */
  readonly reason?: Reason
  /** Of a program that is not ours, what would be as right. */
  readonly or?: VerdictWord
}

/** The road where the attack has none of its own, takeover when absent; the Node that runs the client, this process's when absent. */
export type Where = Partial<Somewhere>

type Asked = Pick<Entry<Attack>, 'id' | 'family' | 'stoppedBy' | 'refusedAs'> & Parameters<typeof inapplicable>[0]
type Answering = Pick<Client, 'checks' | 'mistake'> & Parameters<typeof inapplicable>[1]

/**
 * What follows from the two lists: the first check of the client's that stops the attack gives the reason; where none
 * does, the client is fooled, or in a control arrives. A naive client names the checks that its mistake undoes and the
 * attacks that get past them. Never asked by the judge, so that a client which overstates its checks stands out.
 */
export function expected(attack: Asked, client: Answering, where: Where = {}): Expectation {
  const { road = 'takeover', node = NODE } = where
  if (inapplicable(attack, client, road) !== undefined) return { verdict: 'not-applicable' }
  if (client.outside) return ofOutside(attack, client.outside)
  const { undoes = {}, falls = {} } = mistakeOn(attack.road ?? road, client) ?? {}
  const here = { road: attack.road ?? road, node }
  const fall = fallIn(here, falls[attack.id])
  if (fall) return { verdict: fall }
  const undone = (check: Check) => fallIn(here, undoes[check])
  const stopping = client.checks.filter((check) => attack.stoppedBy.includes(check))
  const made = stopping.find((check) => undone(check) === undefined)
  if (made) return { verdict: 'blocked', reason: attack.refusedAs ?? reasonOf(made) }
  if (attack.family === 'control') {
    // Who notices too late notices all the same, and here nobody was there to read what had gone.
    const late = stopping.find((check) => undone(check) === 'leaked')
    return late ? { verdict: 'blocked', reason: reasonOf(late) } : { verdict: 'reached' }
  }
  const [first] = stopping
  return { verdict: (first && undone(first)) ?? 'intercepted' }
}

/** What every client checks that has no pin. */
const ORDINARY: readonly Check[] = ['chain', 'validity', 'hostname']

/**
 * Nothing is known of the checks of a program that is not ours. One that should have a pin must let nothing through that a
 * pin of the key would have stopped; what only another pin would stop tells which pin it has. One that is meant to have
 * none is fooled by what passes the ordinary checks, if nothing else stops it.
 */
function ofOutside({ family, stoppedBy }: Asked, kind: NonNullable<Client['outside']>): Expectation {
  if (family === 'control')
    return stoppedBy.length === 0 ? { verdict: 'reached' } : { verdict: 'reached', or: 'blocked' }
  if (kind === 'unpinned') {
    const ordinary = stoppedBy.some((check) => ORDINARY.includes(check))
    return ordinary ? { verdict: 'blocked' } : { verdict: 'intercepted', or: 'blocked' }
  }
  return stoppedBy.includes('key-pin') ? { verdict: 'blocked' } : { verdict: 'blocked', or: 'intercepted' }
}

function mistakeOn(road: Road, { mistake }: Answering): Client['mistake'] {
  return mistake?.road === undefined || mistake.road === road ? mistake : undefined
}
