import { type CommandLimits, cutShort } from './command.ts'
import { lineByLine } from './lines.ts'
import { ask, beginListening, type CommandLine, type End, ended, endGroup, leave } from './process-group.ts'
import { createTail } from './tail.ts'
import { type Answered, wordIn } from './words.ts'

/** What became of one line: an answer, or an end without one. What it wrote meanwhile goes along, the last 64 KiB of it. */
export type Reply = { readonly output: string } & (Answered | { readonly how: 'out-of-turn' } | End)

/** A program that is told one line after the other, and answers each with one. */
export interface Conversation {
  /** Never rejects. Once it has ended, been too slow or interrupted, the program is gone, and every later reply says so. */
  tell(line: string, limits: CommandLimits): Promise<Reply>
  /** Ends the program, and whatever it has left behind in its group. */
  close(): Promise<void>
}

/** ms that a program may take to end when its input has ended */
const PATIENCE = 200

/** Starts a program, in a process group of its own. */
export function startConversation(line: CommandLine): Conversation {
  const child = beginListening(line)
  if ('how' in child) return { tell: async () => ({ ...child, output: '' }), close: async () => {} }
  let output = createTail()
  let waiting: ((answer: Answered) => void) | undefined
  let outOfTurn = false
  const hear = (text: string) => {
    const word = wordIn(text)
    // Whatever else it writes is talk.
    if (word === undefined) return
    if (waiting) waiting({ how: 'answered', word })
    else outOfTurn = true
    waiting = undefined
  }
  const over = ended(child)
  let end: End | undefined
  const add = (chunk: Buffer) => output.add(chunk)
  child.stdout.on('data', add).on('data', lineByLine(hear))
  child.stderr.on('data', add)
  // It may have gone, or closed its input: its end tells.
  child.stdin.on('error', () => {})
  const close = async () => {
    child.stdin.end()
    await leave(child, PATIENCE)
    endGroup(child, 'SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
  }
  return {
    tell: async (text, limits) => {
      if (end) return { ...end, output: output.text() }
      if (outOfTurn) return { how: 'out-of-turn', output: output.text() }
      output = createTail()
      const answer = Promise.withResolvers<Answered>()
      waiting = answer.resolve
      const cancel = new AbortController()
      child.stdin.write(`${text}\n`)
      const reply = await Promise.race([answer.promise, over, cutShort(limits, cancel.signal)])
      cancel.abort()
      waiting = undefined
      if (reply.how !== 'answered') {
        end = reply
        if (reply.how === 'timeout' || reply.how === 'interrupted') await ask(child)
        endGroup(child, 'SIGKILL')
      }
      return { ...reply, output: output.text() }
    },
    close,
  }
}
