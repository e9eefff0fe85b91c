import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { type Entrance, startRecorder } from './recorder.ts'

/** What recording.ts asks of this thread, by number; `{ port }` says that it is ready. */
export type Ask = { readonly id: number } & Question
export type Question = { readonly admit: Entrance } | { readonly soFar: string } | { readonly end: string }
export type Reply = { readonly port: number } | { readonly id: number; readonly value: unknown }

const recorder = await startRecorder()
flushCompileCache()

const say = (reply: Reply) => parentPort?.postMessage(reply)
parentPort?.on('message', async (ask: Ask) => {
  say({ id: ask.id, value: await answer(ask) })
})
say({ port: recorder.port })

async function answer(question: Question): Promise<unknown> {
  if ('admit' in question) return recorder.admit(question.admit)
  return 'end' in question ? recorder.end(question.end) : recorder.soFar(question.soFar)
}
