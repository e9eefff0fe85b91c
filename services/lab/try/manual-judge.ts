import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import type { ConnectionEvidence, Evidence } from '#mitm/evidence.ts'
import { TRUSTED } from '../control.ts'
import type { Verdict } from '../judge.ts'
import type { Passed } from './manual-door.ts'

/**
 * What happened, from the attacker's side alone, for nobody asks the app: bytes, handshakes, alerts. Whether an app that
 * was read took the answer too, only its screen shows; it was fooled all the same.
 */
export function judgeByEvidence(
  { id, family }: Pick<Entry<Attack>, 'id' | 'family'>,
  { applicationBytes, connections }: Evidence,
  passed: Passed,
): Verdict {
  if (applicationBytes > 0) {
    return {
      verdict: 'intercepted',
      why: `fooled: the attacker read ${applicationBytes} bytes; whether the app took the answer, its screen shows`,
    }
  }
  if (connections.length === 0) return inconclusive('nothing came')
  if (family === 'control') return judgeControl(connections, passed)
  const met = connections.filter(({ handshake }) => handshake !== 'connect-only')
  if (met.length === 0) return inconclusive('connections came, and none began a TLS handshake')
  if (passed.open > 0 && met.every(mayGoOn)) {
    return inconclusive('a connection stood open, in which nothing had been said: use the app, and wait for its answer')
  }
  if (id === TRUSTED && met.every(knowsNoAuthority)) return inconclusive(NOT_INSTALLED)
  return { verdict: 'blocked', reason: 'unknown', why: `refused: ${endOf(met)}; 0 application bytes arrived` }
}

/** Bytes pass by in a refusal too: an app that does not take the genuine certificate proves nothing by taking no other. */
function judgeControl(connections: readonly ConnectionEvidence[], { spoken }: Passed): Verdict {
  const bytes = connections.reduce((sum, { relayedBytes = 0 }) => sum + relayedBytes, 0)
  if (spoken > 0) return { verdict: 'reached', why: `the app asked its API; ${bytes} encrypted bytes were passed on` }
  return inconclusive('the app connected and asked nothing; perhaps it does not take the genuine certificate')
}

const NOT_INSTALLED =
  'the app said that it does not know the authority (unknown ca): it is not installed, or this app trusts none that a person installs, and then a pin had nothing to refuse'

/** As it says to a stranger. Who has a pin says it of a certificate, or just leaves. */
function knowsNoAuthority({ failure }: ConnectionEvidence): boolean {
  return failure !== undefined && /unknown[ _]ca/i.test(failure)
}

/** Cut off when Enter was pressed, for all that is known. */
function mayGoOn({ handshake, failure }: ConnectionEvidence): boolean {
  return handshake === 'completed' || failure === 'closed before the handshake ended'
}

function inconclusive(why: string): Verdict {
  return { verdict: 'inconclusive', why }
}

function endOf(met: readonly ConnectionEvidence[]): string {
  const failures = [...new Set(met.flatMap(({ failure }) => failure ?? []))]
  if (failures.length > 0) return `the app ended with ${failures.join(', ')}`
  return 'the app closed before it said anything'
}
