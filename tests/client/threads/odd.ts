import { threadId } from 'node:worker_threads'
import type { Answer, OpenClient, Situation } from '#client/client.ts'
import { liveInThread } from '#client/thread.ts'

/** A client that answers with the id of its thread, and otherwise does what its path says. */
function open({ origin }: Situation): OpenClient {
  if (origin === 'https://cannot.test') throw new TypeError('it cannot be opened')
  return {
    get: async (path): Promise<Answer> => {
      if (path === '/exit') process.exit(1)
      if (path === '/throw') setImmediate(() => Promise.reject(new RangeError('nobody listens')))
      if (path === '/hang' || path === '/throw') return new Promise(() => {})
      if (path === '/warn') process.emitWarning('it has been warned')
      if (path === '/reject') throw undefined
      return { status: threadId, contentType: 'text/plain', body: Buffer.from(path) }
    },
    close: async () => {
      if (origin === 'https://stuck.test') throw new Error('it cannot be closed')
    },
  }
}

liveInThread(import.meta.url, open)
