import { CONTROL, WORLDS_TO_TELL } from '../control.ts'
import type { Run } from '../result.ts'
import type { Conclusion } from './conclusion.ts'

const READ_ON = 'docs/your-client.md#a-phone-a-browser-a-desktop-app'

/** The same finding; where there is none, with what a person can look at. */
export function inWordsForAPerson(found: Conclusion, { results }: Run): Conclusion {
  if (found.finding !== 'inconclusive') return { ...found, lines: [...found.lines, TIDY] }
  const unproved = WORLDS_TO_TELL.flatMap((world) => results.filter(({ attack }) => attack === world)).find(
    ({ attack, verdict }) => verdict !== (attack === CONTROL ? 'reached' : 'blocked'),
  )
  const why = unproved
    ? `in '${unproved.attack}': ${unproved.why}`
    : 'not all the worlds were played that tell what it is'
  const nothing = unproved?.evidence.connections.length === 0
  return {
    ...found,
    lines: [`Inconclusive: ${why}.`, ...(nothing ? [ASKED_NOTHING] : []), `What to look at: ${READ_ON}`, TIDY],
  }
}

const ASKED_NOTHING =
  'Nothing came for that host. Is the proxy set, in the network that the device is on? Does the app heed it? Some do not.'
const TIDY = 'Take the proxy and the authorities off the device again.'
