import { parentPort, Worker, workerData } from 'node:worker_threads'
import { codeOf } from '#kit/error.ts'
import type { Answer, OpenClient, Situation } from './client.ts'
import { addressFor, leadingTo } from './lookup.ts'

/*
 * Some mistakes are made for a whole process: a handler for all errors. Such a client lives in a thread with handlers of
 * its own, and nobody else's connections feel them.
 */

interface Opening {
  readonly visit: number
  readonly situation: Omit<Situation, 'lookup'>
  /** Where all names lead: a function does not travel. */
  readonly address?: string
}

interface Question {
  readonly visit: number
  readonly question: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

interface Closing {
  readonly visit: number
  readonly over: true
}

interface Reply {
  readonly question: number
  readonly outcome: Answer | { readonly code: string | undefined; readonly message: string }
}

interface Thread {
  ask(question: Omit<Question, 'question'>): Promise<Answer>
  enter(opening: Omit<Opening, 'visit'>): number
  leave(visit: number): void
}

/**
 * ms that a thread is kept for the next visit: to start one takes longer than a visit. Far longer than a battery needs to
 * come round to the same client on a busy machine, where starting over would make it busier still.
 */
const LINGER = 60_000

const threads = new Map<string, Thread>()

/** Opens the client of that file in its thread. */
export async function openInThread(client: string, { lookup, ...situation }: Situation): Promise<OpenClient> {
  const address = await addressFor(lookup, new URL(situation.origin).hostname)
  const thread = threads.get(client) ?? start(client)
  const visit = thread.enter({ situation, ...(address !== undefined && { address }) })
  return {
    get: (path, headers) => thread.ask({ visit, path, headers }),
    close: async () => thread.leave(visit),
  }
}

function start(client: string): Thread {
  // Its warnings are about the very mistake. Kept silent and not read: a stream that is read keeps the process alive.
  const worker = new Worker(new URL(client), { workerData: { client }, execArgv: ['--no-warnings'] })
  const questions = questionsTo(worker)
  const visits = new Set<number>()
  let counter = 0
  let idle: NodeJS.Timeout | undefined
  const over = (why: Error) => {
    clearTimeout(idle)
    // The next visit gets a thread of its own: this one answers nobody any more.
    if (threads.get(client) === thread) threads.delete(client)
    questions.drop(why)
  }
  worker.on('error', over)
  worker.on('exit', () => over(new Error('the thread of the client has ended')))
  const retire = () => {
    over(new Error('the thread of the client is no longer needed'))
    void worker.terminate()
  }
  const thread: Thread = {
    ask: questions.ask,
    enter(opening) {
      clearTimeout(idle)
      const visit = counter++
      visits.add(visit)
      worker.postMessage({ ...opening, visit } satisfies Opening)
      return visit
    },
    leave(visit) {
      visits.delete(visit)
      questions.drop(new Error('the visit is over'), visit)
      worker.postMessage({ visit, over: true } satisfies Closing)
      if (visits.size === 0) idle = setTimeout(retire, LINGER).unref()
    },
  }
  threads.set(client, thread)
  return thread
}

interface Questions {
  readonly ask: Thread['ask']
  /** Whoever still waits is told at once, and does not sit out its deadline: of one visit, or of all. */
  drop(why: Error, visit?: number): void
}

/** What a thread is asked and has not answered yet. Only who waits for an answer keeps the process alive. */
function questionsTo(worker: Worker): Questions {
  const waiting = new Map<number, { visit: number } & PromiseWithResolvers<Answer>>()
  let counter = 0
  let ended: Error | undefined
  const take = (question: number) => {
    const asked = waiting.get(question)
    waiting.delete(question)
    if (waiting.size === 0) worker.unref()
    return asked
  }
  worker.on('message', ({ question, outcome }: Reply) => {
    const asked = take(question)
    // Of a Buffer the bytes arrive, and not the kind.
    if ('status' in outcome) asked?.resolve({ ...outcome, body: Buffer.from(outcome.body) })
    else asked?.reject(Object.assign(new Error(outcome.message), outcome.code !== undefined && { code: outcome.code }))
  })
  // After the listener, which takes it back.
  worker.unref()
  return {
    ask: async (asked) => {
      if (ended) throw ended
      const question = counter++
      const answer = { visit: asked.visit, ...Promise.withResolvers<Answer>() }
      waiting.set(question, answer)
      worker.ref()
      worker.postMessage({ ...asked, question } satisfies Question)
      return answer.promise
    },
    drop: (why, visit) => {
      if (visit === undefined) ended ??= why
      for (const [question, asked] of waiting) {
        if (visit === undefined || asked.visit === visit) take(question)?.reject(ended ?? why)
      }
    },
  }
}

/** At the end of such a client's file: does nothing unless this is its thread. */
export function liveInThread(client: string, open: (situation: Situation) => OpenClient): void {
  if (!parentPort || workerData?.client !== client) return
  const port = parentPort
  const opened = new Map<number, Promise<OpenClient>>()
  port.on('message', async (message: Opening | Question | Closing) => {
    if ('situation' in message) opened.set(message.visit, opening(message, open))
    else if ('over' in message) {
      const leaving = opened.get(message.visit)
      opened.delete(message.visit)
      // Whoever left does not wait, and a client that cannot close must not end the others' thread.
      await leaving?.then((one) => one.close()).catch(() => {})
    } else {
      const { question, visit, path, headers } = message
      const asked =
        opened.get(visit)?.then((one) => one.get(path, headers)) ?? Promise.reject(new Error('the visit is over'))
      const outcome = await asked.catch((error: unknown) => ({ code: codeOf(error), message: wordsOf(error) }))
      port.postMessage({ question, outcome } satisfies Reply)
    }
  })
}

/** One that cannot be opened says so when it is asked. */
function opening({ situation, address }: Opening, open: (situation: Situation) => OpenClient): Promise<OpenClient> {
  const opened = (async () => open({ ...situation, ...(address !== undefined && { lookup: leadingTo(address) }) }))()
  opened.catch(() => {})
  return opened
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
