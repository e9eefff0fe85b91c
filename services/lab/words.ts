import type { Attack, World } from '#mitm/attack.ts'
import type { Expectation } from './expected.ts'
import type { VerdictWord } from './judge.ts'

/** The word carries the meaning; symbol and colour only help the eye. */
export const SYMBOL: Readonly<Record<VerdictWord, string>> = {
  reached: '→',
  blocked: '✓',
  leaked: '✗',
  intercepted: '✗',
  inconclusive: '?',
  'not-applicable': '–',
}

export const MEANING: Readonly<Record<VerdictWord, string>> = {
  reached: 'the request arrived at the real API',
  blocked: 'refused; the attacker received 0 application bytes',
  leaked: 'refused too late: the attacker has the request',
  intercepted: 'fooled: the attacker read the request and wrote the answer',
  inconclusive: 'proves nothing, and is not counted as safe',
  'not-applicable': 'not played: the client lacks what the attack needs; neither safe nor fooled',
}

/** `blocked (pin)` */
export function inWords({ verdict, reason }: Expectation): string {
  return reason === undefined ? verdict : `${verdict} (${reason})`
}

/** What the attacker has, besides a place on the wire. */
export const HOLDS: Readonly<Record<World, string>> = {
  nothing: 'a place on the wire, and what everybody can know',
  'other-certificate': 'an honest certificate, from the authority that everybody trusts, for a name of its own',
  'trusted-authority': 'an authority that the device trusts',
  'namesake-authority': 'authorities that the device trusts, named like the certificates of the genuine chain',
  'careless-authority':
    'an authority that the device trusts, and signatures over its key that an honest authority should not have made',
  'stolen-key': 'an authority that the device trusts, and the pinned private key',
}

/** Which checks stop an attack, each alone; of one that none does, why. */
export function stoppedByInWords({ stoppedBy, family }: Pick<Attack, 'stoppedBy' | 'family'>): string {
  if (stoppedBy.length > 0) return stoppedBy.join(', ')
  return family === 'control'
    ? 'nothing has to: it is a control'
    : 'no check of a client’s: it is not the client’s to stop'
}
