import { type Failure, OutsideFailure } from '../refusal.ts'
import type { CommandEnd } from './command.ts'

const WORDS = ['ACCEPT', 'REJECT', 'UNSUPPORTED'] as const

/**
 * What a program's end says: exit 0, or ACCEPT as its last line, that it took the answer; anything else that it refused.
 * A program that did not end by itself has said nothing.
 * @throws OutsideFailure when it did not take the answer
 */
export function heed(end: CommandEnd): void {
  const failure = failureOf(end)
  if (failure) throw new OutsideFailure(failure)
}

function failureOf(end: CommandEnd): Failure | undefined {
  if (end.how === 'not-started') return broken('CLIENT_NOT_STARTED', `it could not be started: ${end.why}`)
  if (end.how === 'timeout') return broken('CLIENT_TIMED_OUT', `it did not end in time${quoted(end)}`)
  if (end.how === 'interrupted') return broken('CLIENT_INTERRUPTED', 'interrupted')
  const word = WORDS.find((one) => one === end.lastLine)
  if (word === 'ACCEPT') return undefined
  if (word === 'REJECT') return refused('CLIENT_REJECTS', end)
  if (word === 'UNSUPPORTED') return broken('CLIENT_UNSUPPORTED', 'it says that it cannot do what the attack needs')
  if (end.how === 'signal') return broken('CLIENT_SIGNALLED', `it was ended by ${end.signal}${quoted(end)}`)
  // What a shell says of a program that it could not start, or did not find.
  if (end.code === 126 || end.code === 127) return broken('CLIENT_NOT_STARTED', `exit ${end.code}${quoted(end)}`)
  return end.code === 0 ? undefined : refused(`EXIT_${end.code}`, end)
}

function broken(code: string, message: string): Failure {
  return { outcome: 'broken', code, message }
}

function refused(code: string, end: CommandEnd): Failure {
  return { outcome: 'refused', reason: 'unknown', code, message: `it refused${quoted(end)}` }
}

/** Characters: of its beginning, where Java says what is wrong, and of its end, where Python does. */
const QUOTED = { first: 600, last: 1400 }

function quoted({ output }: CommandEnd): string {
  const text = output.trim()
  if (text === '') return ', and wrote nothing'
  const { first, last } = QUOTED
  return text.length <= first + last ? `: ${text}` : `: ${text.slice(0, first)}\n…\n${text.slice(-last)}`
}
