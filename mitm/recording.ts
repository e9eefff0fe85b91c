import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { LabError } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import type { RecordedRequest } from './evidence.ts'
import type { Entrance } from './recorder.ts'
import type { Ask, Question, Reply } from './recorder-thread.ts'

/** The recorder as the attacker uses it. */
export interface Recording {
  /** A stream into the recorder, for the plaintext of one connection. Waits until the recorder has loaded. */
  enter(entrance: Omit<Entrance, 'port'>): Promise<Socket>
  /** What has been read in a play that still goes on. */
  soFar(play: string): Promise<readonly RecordedRequest[]>
  /** What was read in a play, which is then forgotten. Doesn't wait for a recorder that the play has not used. */
  end(play: string): Promise<readonly RecordedRequest[]>
  close(): Promise<void>
}

/**
 * Starts the recorder in a thread of its own and returns at once: loading mockttp takes a third of a second during which
 * a thread can do nothing else, and the many plays in which no byte of plaintext arrives have no use for it.
 */
export function startRecording(log: Log): Recording {
  const thread = createThread(log)
  const used = new Set<string>()
  return {
    enter: async (entrance) => {
      used.add(entrance.play)
      const socket = connect({ host: '127.0.0.1', port: await thread.port, noDelay: true })
      await once(socket, 'connect')
      await thread.ask({ admit: { ...entrance, port: socket.localPort ?? 0 } })
      return socket
    },
    // The replies' shape is that of Recorder.soFar and Recorder.end.
    soFar: async (play) => (used.has(play) ? ((await thread.ask({ soFar: play })) as RecordedRequest[]) : []),
    end: async (play) => (used.delete(play) ? ((await thread.ask({ end: play })) as RecordedRequest[]) : []),
    close: thread.close,
  }
}

interface Thread {
  readonly port: Promise<number>
  /** @throws LabError RECORDER_FAILED */
  ask(question: Question): Promise<unknown>
  close(): Promise<void>
}

// A thread does not inherit the compile cache, and mockttp is large: the cache halves the wait. Plain JavaScript, for
// with the cache the TypeScript that follows has been stripped already, and Node need not load what strips it.
const BEGIN = `
  const { workerData: { compileCache, entry } } = require('node:worker_threads')
  if (compileCache) require('node:module').enableCompileCache(compileCache)
  import(entry)
`

function createThread(log: Log): Thread {
  // What Node tells is a folder of this version's inside the one that it was given.
  const compileCache = getCompileCacheDir()
  const worker = new Worker(BEGIN, {
    eval: true,
    workerData: {
      compileCache: compileCache && dirname(compileCache),
      entry: new URL('./recorder-thread.ts', import.meta.url).href,
    },
    // mockttp talks to the console, and stdout is for results.
    stdout: true,
    stderr: true,
    // MiB. What it makes is soon of no use: with the room that Node grants by itself it takes 25 MiB more, and is no faster.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  // Listeners of plays keep the process alive as long as there is something to record.
  worker.unref()
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => log.debug({ mockttp: String(chunk).trimEnd() }, 'mockttp says'))
  }
  const port = Promise.withResolvers<number>()
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let asked = 0
  let failure: LabError | undefined
  const fail = (why: string, cause?: unknown) => {
    failure ??= new LabError('RECORDER_FAILED', `the attacker's recorder ${why}`, { kind: 'failure', cause })
    port.reject(failure)
    for (const one of waiting.values()) one.reject(failure)
    waiting.clear()
  }
  // Whoever waits for it is told; a failure that nobody meets must not end the process.
  port.promise.catch(() => {})
  worker.on('message', (reply: Reply) => {
    if ('port' in reply) return port.resolve(reply.port)
    waiting.get(reply.id)?.resolve(reply.value)
    waiting.delete(reply.id)
  })
  worker.on('error', (error: unknown) => fail(`has failed: ${String(error)}`, error))
  worker.on('exit', () => fail('has ended'))
  const ask = async (question: Question) => {
    if (failure) throw failure
    asked += 1
    worker.postMessage({ id: asked, ...question } satisfies Ask)
    const answer = Promise.withResolvers<unknown>()
    waiting.set(asked, answer)
    return answer.promise
  }
  return { port: port.promise, ask, close: async () => void (await worker.terminate()) }
}
