import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { codeOf, type ErrorKind, LabError } from '#kit/error.ts'

/** Two processes that ask each other things over a pipe each way, a line of JSON for each question and each answer. */
export interface Talk {
  /** @throws LabError what the other one threw, or that it has ended */
  ask(what: string, given: unknown): Promise<unknown>
  /** Settles when the other one says no more. */
  readonly over: Promise<void>
}

/** What the other one may ask. */
export type Answers = Readonly<Record<string, (given: unknown) => Promise<unknown>>>

interface Question {
  readonly id: number
  readonly ask: string
  readonly given: unknown
}

type Line =
  | Question
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failed: Failed }

interface Failed {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly kind: ErrorKind
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** @param ended why an answer that is still waited for does not come */
export function talkOver(
  { input, output }: { readonly input: Readable; readonly output: Writable },
  answers: Answers,
  ended: () => LabError,
): Talk {
  const waiting = new Map<number, Waiting>()
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  let count = 0
  let isOver = false
  const say = (line: Line) => void output.write(`${JSON.stringify(line)}\n`)
  const hear = (line: Line) => {
    if ('ask' in line) return void answerTo(line, answers).then(say)
    const { resolve, reject } = waiting.get(line.id) ?? {}
    waiting.delete(line.id)
    if ('answer' in line) resolve?.(line.answer)
    else reject?.(new LabError(line.failed.code, line.failed.message, line.failed))
  }
  // It may have gone before it has read what was said.
  output.on('error', () => {})
  const lines = createInterface({ input })
  lines.on('line', (text) => {
    const line = lineIn(text)
    if (line) hear(line)
  })
  lines.on('close', () => {
    isOver = true
    for (const { reject } of waiting.values()) reject(ended())
    waiting.clear()
    end()
  })
  return {
    over,
    ask: (what, given) => {
      if (isOver) return Promise.reject(ended())
      count += 1
      const id = count
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        say({ id, ask: what, given })
      })
    },
  }
}

async function answerTo({ id, ask, given }: Question, answers: Answers): Promise<Line> {
  try {
    const answer = answers[ask]
    if (!answer) throw new Error(`nobody answers '${ask}'`)
    return { id, answer: (await answer(given)) ?? null }
  } catch (error) {
    return { id, failed: failedBy(error) }
  }
}

/** Whatever else is written to such a pipe, as a runtime's warning, is none. */
function lineIn(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    // Both ends of the pipe are this repository.
    return typeof line === 'object' && line !== null && 'id' in line ? (line as Line) : undefined
  } catch {
    return undefined
  }
}

function failedBy(error: unknown): Failed {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof LabError)) return { code: codeOf(error) ?? 'BROKE', message, kind: 'failure' }
  return { code: error.code, message, kind: error.kind, ...(error.hint !== undefined && { hint: error.hint }) }
}
