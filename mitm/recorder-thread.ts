import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { type Entrance, startRecorder } from './recorder.ts'

/** What recording.ts asks of this thread, by number; `{ port }` says that it is ready. */
export type Ask = { readonly id: number; readonly admit: Entrance } | { readonly id: number; readonly end: string }
export type Reply = { readonly port: number } | { readonly id: number; readonly value: unknown }

const recorder = await startRecorder()
flushCompileCache()

const say = (reply: Reply) => parentPort?.postMessage(reply)
parentPort?.on('message', async (ask: Ask) => {
  if ('admit' in ask) recorder.admit(ask.admit)
  say({ id: ask.id, value: 'end' in ask ? await recorder.end(ask.end) : undefined })
})
say({ port: recorder.port })
