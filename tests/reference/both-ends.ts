import { expect } from '@jest/globals'
import type { Result } from '#lab/result.ts'
import type { Played } from '../support/references.ts'

export const ATTACKS = [
  ...['none', 'stranger-authority', 'trusted-authority', 'self-signed-lookalike'],
  ...['stolen-key', 'expired-genuine-stolen-key', 'pinned-key-self-signed', 'stolen-key-other-name'],
  ...['append-pinned-leaf', 'walk-dn-collision-leaf', 'other-host', 'expired'],
  ...['eku-codesign', 'ca-as-leaf', 'weak-key', 'tls10-tls11', 'wildcard-too-wide'],
]
/** Under which the genuine host has another certificate. */
export const RENEWALS = ['rotated-same-key', 'rotated-new-key']

/** What most that are not pinned fall to among them, written by hand from what was seen; to everything else they do not. */
export const UNPINNED = ['trusted-authority', 'stolen-key', 'append-pinned-leaf', 'walk-dn-collision-leaf']
export const BY_KEY = ['stolen-key']
export const NEW_KEY = ['rotated-new-key']

/** What is known of a client, whatever the attack. */
export interface Seen {
  readonly falls: readonly string[]
  /** Those of them at which it notices, when the request has gone. */
  readonly late?: readonly string[]
  /** Renewals of the genuine host that it refuses. */
  readonly locksOut: readonly string[]
}

export function expectFinding(played: Played, id: string): void {
  const { variant, conclusion, asExpected, unproved } = played.of(id)
  expect({ finding: conclusion.finding, asExpected, unproved }).toEqual({
    ...{ finding: variant.finding, asExpected: true, unproved: [] },
  })
}

/** It falls to what is seen, and to no other of these attacks: by its own word, and by what the attacker read. */
export function expectSeen(played: Played, id: string, { falls, late = [], locksOut }: Seen): void {
  const attacks = [...new Set([...ATTACKS, ...falls])]
  for (const attack of attacks) {
    const wanted =
      attack === 'none' ? REACHED : late.includes(attack) ? LEAKED : falls.includes(attack) ? READ : BLOCKED
    expect({ attack, ...ends(played.result(attack, id)) }).toEqual({ attack, ...wanted })
  }
  for (const attack of RENEWALS) {
    const wanted = locksOut.includes(attack) ? BLOCKED : REACHED
    expect({ attack, ...ends(played.result(attack, id)) }).toEqual({ attack, ...wanted })
  }
}

const REACHED = { verdict: 'reached', client: 'accepted', attacker: 'nothing' }
const BLOCKED = { verdict: 'blocked', client: 'refused', attacker: 'nothing' }
const LEAKED = { verdict: 'leaked', client: 'refused', attacker: 'the request' }
const READ = { verdict: 'intercepted', client: 'accepted', attacker: 'the request' }

function ends({ verdict, report, evidence }: Result) {
  return {
    verdict,
    client: report?.outcome,
    attacker: (evidence?.applicationBytes ?? 0) > 0 ? 'the request' : 'nothing',
  }
}
