import type { LookupFunction } from 'node:net'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { codeOf } from '#kit/error.ts'
import type { Answer, OpenClient, Situation } from './client.ts'
import { leadingTo } from './lookup.ts'

/*
 * Some mistakes are made for a whole process: an environment, a handler for all errors. Such a client lives in a thread
 * with an environment and handlers of its own, and nobody else's connections feel them.
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

/** ms that a thread is kept for the next visit: to start one takes longer than a visit. */
const LINGER = 1000

const threads = new Map<string, Thread>()

/** Opens the client of that file in its thread, whose environment is `env` and nothing else. */
export async function openInThread(
  client: string,
  { lookup, ...situation }: Situation,
  env: Readonly<Record<string, string>> = {},
): Promise<OpenClient> {
  const address = lookup && (await resolve(lookup, new URL(situation.origin).hostname))
  const thread = threads.get(client) ?? start(client, env)
  const visit = thread.enter({ situation, ...(address !== undefined && { address }) })
  return {
    get: (path, headers) => thread.ask({ visit, path, headers }),
    close: async () => thread.leave(visit),
  }
}

function start(client: string, env: Readonly<Record<string, string>>): Thread {
  // Its warnings are about the very mistake.
  const worker = new Worker(new URL(client), { workerData: { client }, env: { ...env }, stderr: true })
  worker.stderr.resume()
  worker.unref()
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  const visits = new Set<number>()
  let counter = 0
  let idle: NodeJS.Timeout | undefined
  const end = () => threads.delete(client)
  worker.on('message', (reply: Reply) => settle(reply, waiting))
  worker.on('error', (error) => {
    end()
    for (const { reject } of waiting.values()) reject(error)
  })
  const thread: Thread = {
    ask(asked) {
      const question = counter++
      const settled = Promise.withResolvers<Answer>()
      waiting.set(question, settled)
      worker.postMessage({ ...asked, question } satisfies Question)
      return settled.promise
    },
    enter(opening) {
      clearTimeout(idle)
      const visit = counter++
      visits.add(visit)
      worker.postMessage({ ...opening, visit } satisfies Opening)
      return visit
    },
    leave(visit) {
      visits.delete(visit)
      worker.postMessage({ visit, over: true } satisfies Closing)
      if (visits.size === 0) idle = setTimeout(() => end() && void worker.terminate(), LINGER).unref()
    },
  }
  threads.set(client, thread)
  return thread
}

function settle({ question, outcome }: Reply, waiting: Map<number, PromiseWithResolvers<Answer>>): void {
  const asked = waiting.get(question)
  waiting.delete(question)
  // Of a Buffer the bytes arrive, and not the kind.
  if ('status' in outcome) asked?.resolve({ ...outcome, body: Buffer.from(outcome.body) })
  else asked?.reject(Object.assign(new Error(outcome.message), outcome.code !== undefined && { code: outcome.code }))
}

/** At the end of such a client's file: does nothing unless this is its thread. */
export function liveInThread(client: string, open: (situation: Situation) => OpenClient): void {
  if (!parentPort || workerData?.client !== client) return
  const port = parentPort
  const opened = new Map<number, OpenClient>()
  port.on('message', async (message: Opening | Question | Closing) => {
    if ('situation' in message) {
      const { visit, situation, address } = message
      opened.set(visit, open({ ...situation, ...(address !== undefined && { lookup: leadingTo(address) }) }))
    } else if ('over' in message) {
      await opened.get(message.visit)?.close()
      opened.delete(message.visit)
    } else {
      const { question, visit, path, headers } = message
      const asked = opened.get(visit)?.get(path, headers) ?? Promise.reject(new Error('the visit is over'))
      const outcome = await asked.catch((error: Error) => ({ code: codeOf(error), message: error.message }))
      port.postMessage({ question, outcome } satisfies Reply)
    }
  })
}

function resolve(lookup: LookupFunction, host: string): Promise<string> {
  return new Promise((found, failed) => {
    lookup(host, { all: false }, (error, address) => (error ? failed(error) : found(String(address))))
  })
}
