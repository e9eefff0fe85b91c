import type { Evidence } from '#mitm/evidence.ts'
import { REPLAY_IN_WORDS } from '#mitm/story.ts'

/** `the attacker asked the API again as read: 200, without a token: 401`; undefined when it had nothing to ask with. */
export function replaysInWords({ replays = [] }: Pick<Evidence, 'replays'>): string | undefined {
  if (replays.length === 0) return undefined
  const told = replays.map(({ how, status }) => `${REPLAY_IN_WORDS[how]}: ${status ?? 'no answer'}`)
  return `the attacker asked the API ${told.join(', ')}`
}
