import { type Failure, OutsideFailure } from '../refusal.ts'
import type { CommandEnd } from './command.ts'
import type { Reply } from './conversation.ts'
import type { End } from './process-group.ts'
import { type Word, wordThatIs } from './words.ts'

/**
 * What a program's end says: exit 0, or ACCEPT as its last line, that it took the answer; anything else that it refused.
 * A program that did not end by itself has said nothing.
 * @throws OutsideFailure when it did not take the answer
 */
export function heed(end: CommandEnd): void {
  const failure = failureOf(end)
  if (failure) throw new OutsideFailure(failure)
}

/**
 * What a program says in answer to a line. One that ends has not answered.
 * @throws OutsideFailure when it did not take the answer
 */
export function heedReply(reply: Reply): void {
  const failure = failureIn(reply)
  if (failure) throw new OutsideFailure(failure)
}

function failureIn(reply: Reply): Failure | undefined {
  if (reply.how === 'answered') return failureBy(reply.word, reply)
  if (reply.how === 'out-of-turn') {
    return broken('CLIENT_OUT_OF_TURN', `it answered before it was asked${quoted(reply)}`)
  }
  const unended = withoutEnd(reply)
  if (unended) return unended
  return broken('CLIENT_ENDED', `it ended with ${inWords(reply)}, without an answer${quoted(reply)}`)
}

function failureOf(end: CommandEnd): Failure | undefined {
  if (end.how === 'not-started' || end.how === 'timeout' || end.how === 'interrupted') return withoutEnd(end)
  const word = wordThatIs(end.lastLine)
  if (word) return failureBy(word, end)
  const unended = withoutEnd(end)
  if (unended) return unended
  return end.how === 'exit' && end.code === 0 ? undefined : refused(`EXIT_${inWords(end)}`, end)
}

function failureBy(word: Word, written: Quotable): Failure | undefined {
  if (word === 'ACCEPT') return undefined
  if (word === 'REJECT') return refused('CLIENT_REJECTS', written)
  return broken('CLIENT_UNSUPPORTED', 'it says that it cannot do what the attack needs')
}

/** Of a program that was ended, or came to an end that says nothing. */
function withoutEnd(end: End & Quotable): Failure | undefined {
  if (end.how === 'not-started') return broken('CLIENT_NOT_STARTED', `it could not be started: ${whyNot(end.why)}`)
  if (end.how === 'timeout') return broken('CLIENT_TIMED_OUT', `it did not end in time${quoted(end)}`)
  if (end.how === 'interrupted') return broken('CLIENT_INTERRUPTED', 'interrupted')
  if (end.how === 'signal') return broken('CLIENT_SIGNALLED', `it was ended by ${end.signal}${quoted(end)}`)
  // What a shell says of a program that it could not start, or did not find.
  const unfound = end.code === 126 || end.code === 127
  return unfound ? broken('CLIENT_NOT_STARTED', `exit ${end.code}${quoted(end)}`) : undefined
}

function inWords(end: End): string {
  return end.how === 'exit' ? String(end.code) : end.how
}

function whyNot(code: string): string {
  if (code === 'ENOENT') return 'there is no such program (ENOENT)'
  return code === 'EACCES' ? 'it is no program that this user may run (EACCES)' : code
}

function broken(code: string, message: string): Failure {
  return { outcome: 'broken', code, message }
}

function refused(code: string, written: Quotable): Failure {
  return { outcome: 'refused', reason: 'unknown', code, message: `it refused${quoted(written)}` }
}

interface Quotable {
  readonly output: string
}

/** Characters: of its beginning, where Java says what is wrong, and of its end, where Python does. */
const QUOTED = { first: 600, last: 1400 }

function quoted({ output }: Quotable): string {
  const text = output.trim()
  if (text === '') return ', and wrote nothing'
  const { first, last } = QUOTED
  return text.length <= first + last ? `: ${text}` : `: ${text.slice(0, first)}\n…\n${text.slice(-last)}`
}
