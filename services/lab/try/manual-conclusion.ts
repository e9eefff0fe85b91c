import { CONTROL, STRANGER, TRUSTED, WORLDS_TO_TELL } from '../control.ts'
import type { Result, Run } from '../result.ts'
import type { Conclusion } from './conclusion.ts'

const READ_ON = 'docs/your-client.md#a-phone-a-browser-a-desktop-app'

/** What a run comes to in which nobody asked the app: no more than the attacker has seen, and what a person can look at. */
export function concludeByEvidence(found: Conclusion, run: Run): Conclusion {
  if (found.finding === 'inconclusive') return { ...found, lines: [...whyNothing(run), TIDY] }
  if (mayNotTrust(found, run)) return { finding: 'inconclusive', beatenBy: [], lines: [...ALIKE, TIDY] }
  return { ...found, lines: [...found.lines, TIDY] }
}

/**
 * Nothing that the trusted authority signed got through, and the app left it as it left the stranger. So would an app that
 * was never given the authority, or that takes none which a person installs, and no pin was needed for that.
 */
function mayNotTrust({ finding, beatenBy }: Conclusion, { results }: Run): boolean {
  if (beatenBy.length > 0 || (finding !== 'pinned' && finding !== 'pinned by certificate')) return false
  const [stranger, trusted] = [STRANGER, TRUSTED].map((world) => results.find(({ attack }) => attack === world))
  return endsOf(stranger) === endsOf(trusted)
}

/** How the app left, in words that are the same when it left alike. */
function endsOf(result: Result | undefined): string {
  const ends = result?.evidence.connections.map(({ handshake, failure = '' }) => `${handshake} ${failure}`) ?? []
  return [...new Set(ends)].sort().join()
}

function whyNothing({ results }: Run): string[] {
  const unproved = WORLDS_TO_TELL.flatMap((world) => results.filter(({ attack }) => attack === world)).find(
    ({ attack, verdict }) => verdict !== (attack === CONTROL ? 'reached' : 'blocked'),
  )
  const why = unproved
    ? `in '${unproved.attack}': ${unproved.why}`
    : 'not all the worlds were played that tell what it is'
  const cameNothing = unproved?.evidence.connections.length === 0
  return [`Inconclusive: ${why}.`, ...(cameNothing ? [ASKED_NOTHING] : []), `What to look at: ${READ_ON}`]
}

const ALIKE = [
  'Inconclusive: it left the authority that the device trusts exactly as it left the stranger. Either it is pinned, or it',
  'does not trust that authority at all: many apps trust none that a person installs. An unpinned build of the same app',
  `that is fooled with the same set-up tells which. ${READ_ON}`,
]
const ASKED_NOTHING =
  'Nothing came for that host. Is the proxy set, in the network that the device is on? Does the app heed it? Some do not.'
const TIDY = 'Take the proxy and the authorities off the device again.'
