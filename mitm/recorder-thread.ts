import { enableCompileCache, flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { type Entrance, startRecorder } from './recorder.ts'

/** What recording.ts asks of this thread, by number; `{ port }` says that it is ready. */
export type Ask = { readonly id: number; readonly admit: Entrance } | { readonly id: number; readonly end: string }
export type Reply = { readonly port: number } | { readonly id: number; readonly value: unknown }

// A thread does not inherit the compile cache, which saves about a quarter of the time that mockttp takes to load.
// recording.ts passes the folder that the process itself uses, if any.
const { compileCache } = workerData as { compileCache?: string }
if (compileCache) enableCompileCache(compileCache)
const recorder = await startRecorder()
flushCompileCache()

const say = (reply: Reply) => parentPort?.postMessage(reply)
parentPort?.on('message', async (ask: Ask) => {
  if ('admit' in ask) recorder.admit(ask.admit)
  say({ id: ask.id, value: 'end' in ask ? await recorder.end(ask.end) : undefined })
})
say({ port: recorder.port })
