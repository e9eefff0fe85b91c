import { once } from 'node:events'
import type { LookupFunction } from 'node:net'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { codeOf } from '#kit/error.ts'
import type { Answer, OpenClient, Situation } from './client.ts'
import { leadingTo } from './lookup.ts'

/*
 * Some mistakes are made for a whole process: an environment, a handler for all errors. Such a client lives in a thread
 * with an environment and handlers of its own, and nobody else's connections feel them.
 */

interface Luggage {
  readonly client: string
  readonly situation: Omit<Situation, 'lookup'>
  /** Where all names lead: a function does not travel. */
  readonly address?: string
}

interface Question {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

type Reply = { readonly answer: Answer } | { readonly code: string | undefined; readonly message: string }

/** Opens the client of that file in a thread. */
export async function openInThread(
  client: string,
  { lookup, ...situation }: Situation,
  env: Readonly<Record<string, string>> = {},
): Promise<OpenClient> {
  const address = lookup && (await resolve(lookup, new URL(situation.origin).hostname))
  const luggage: Luggage = { client, situation, ...(address !== undefined && { address }) }
  // Its warnings are about the very mistake.
  const worker = new Worker(new URL(client), { workerData: luggage, env: { ...env }, stderr: true })
  worker.stderr.resume()
  return {
    async get(path, headers) {
      worker.postMessage({ path, headers } satisfies Question)
      // The thread's answers are made by `liveInThread`. An error in the thread rejects.
      const [reply] = (await once(worker, 'message')) as [Reply]
      if ('answer' in reply) return { ...reply.answer, body: Buffer.from(reply.answer.body) }
      throw Object.assign(new Error(reply.message), reply.code === undefined ? {} : { code: reply.code })
    },
    close: async () => void (await worker.terminate()),
  }
}

/** At the end of such a client's file: does nothing unless this is its thread. */
export function liveInThread(client: string, open: (situation: Situation) => OpenClient): void {
  const luggage: Partial<Luggage> = workerData ?? {}
  if (!parentPort || luggage.client !== client || !luggage.situation) return
  const port = parentPort
  const { situation, address } = luggage
  const opened = open({ ...situation, ...(address !== undefined && { lookup: leadingTo(address) }) })
  port.on('message', async ({ path, headers }: Question) => {
    const reply: Reply = await opened.get(path, headers).then(
      (answer) => ({ answer }),
      (error: Error) => ({ code: codeOf(error), message: error.message }),
    )
    port.postMessage(reply)
  })
}

function resolve(lookup: LookupFunction, host: string): Promise<string> {
  return new Promise((found, failed) => {
    lookup(host, { all: false }, (error, address) => (error ? failed(error) : found(String(address))))
  })
}
