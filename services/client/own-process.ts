import { fork } from 'node:child_process'
import { Socket } from 'node:net'
import type { Entry } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import type { Client, ClientReport, Situation } from './client.ts'
import { addressFor } from './lookup.ts'
import type { Beginning, Question, Reply, StepAsked } from './own-process/messages.ts'
import { failureOf } from './refusal.ts'
import { attested, type Visit, type VisitDeps } from './run.ts'

/*
 * What a process inherits counts for all of it: Node reads NODE_EXTRA_CA_CERTS once, and NODE_TLS_REJECT_UNAUTHORIZED
 * whenever a connection says nothing itself. So whoever is to be visited in such an environment lives in a process that
 * has it, and the lab's own connections never feel it.
 */

export interface OwnProcess extends AsyncDisposable {
  /** As `openVisit` here, for the client of that id there. */
  openVisit(client: Entry<Client>, situation: Situation, deps: Pick<VisitDeps, 'attest'>): Visit
  /** Its process id, while it runs. */
  readonly pid: () => number | undefined
  close(): Promise<void>
}

/** @param env all of the environment; the process begins with the first visit, and anew when it has ended by itself */
export function ownProcess(env: Readonly<Record<string, string>>): OwnProcess {
  let running: Running | undefined
  let visits = 0
  const process = (): Running => {
    running = running?.isOver() === false ? running : begin(env)
    return running
  }
  const close = async () => {
    await running?.end()
    running = undefined
  }
  return {
    openVisit: (client, situation, { attest }) => {
      visits += 1
      return visitIn(process(), { visit: visits, client: client.id, situation, attest })
    },
    pid: () => (running?.isOver() === false ? running.pid : undefined),
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Visiting {
  readonly visit: number
  readonly client: string
  readonly situation: Situation
  readonly attest: VisitDeps['attest']
}

function visitIn(process: Running, { visit, client, situation, attest }: Visiting): Visit {
  const { lookup, ...rest } = situation
  const begun = addressFor(lookup, new URL(situation.origin).hostname).then((address) =>
    process.tell({ visit, client, situation: rest, ...(address !== undefined && { address }) }),
  )
  // Whoever takes a step is told.
  begun.catch(() => {})
  const step = async (asked: StepAsked): Promise<ClientReport | undefined> => {
    const started = performance.now()
    try {
      await begun
      // From out here: the app has its token over connections that trust what the app was shipped with, wherever it runs.
      const token = await attested(attest)
      return await process.ask({ visit, ...asked, ...(token !== undefined && { token }) })
    } catch (error) {
      return { ...failureOf(error), ms: Math.round(performance.now() - started) }
    }
  }
  const reported = async (asked: StepAsked) => (await step(asked)) ?? failedToReport()
  return {
    look: () => reported({ act: 'look' }),
    glance: (address) => reported({ act: 'glance', address }),
    renewPins: (pins) => step({ act: 'renew-pins', pins }),
    close: async () => {
      await begun
        .then(() => process.ask({ visit, act: 'close' }))
        .catch(() => {
          // Where the process has ended there is nothing left to close.
        })
    },
  }
}

function failedToReport(): ClientReport {
  return { outcome: 'broken', code: 'CLIENT_BROKE', message: 'its process told nothing', ms: 0 }
}

interface Running {
  readonly pid: number | undefined
  tell(beginning: Beginning): void
  /** @throws LabError CLIENT_CRASHED when the process ends first */
  ask(step: Step): Promise<ClientReport | undefined>
  isOver(): boolean
  end(): Promise<void>
}

type Step = (StepAsked | { readonly act: 'close' }) & Pick<Question, 'visit' | 'token'>

/** Of what the process said when it ended. */
const LAST_WORDS = 2_000

function begin(env: Readonly<Record<string, string>>): Running {
  const child = fork(new URL('./own-process/main.ts', import.meta.url), {
    env: { ...env },
    // Not those of whoever started this: a test runner's are about the tests.
    execArgv: [],
    serialization: 'advanced',
    // A group of its own: Ctrl-C is for the lab alone, which ends this when it has told what was found until then.
    detached: true,
    windowsHide: true,
    // Kept back: Node warns of the very variable. Only of a process that ends by itself the last words are told.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // Only an answer that is waited for keeps the lab running.
  child.unref()
  child.channel?.unref()
  if (child.stderr instanceof Socket) child.stderr.unref()
  const waiting = new Map<number, PromiseWithResolvers<ClientReport | undefined>>()
  let asked = 0
  let words = ''
  let over: LabError | undefined
  const gone = Promise.withResolvers<void>()
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-LAST_WORDS)
  })
  child.on('message', ({ question, report }: Reply) => {
    waiting.get(question)?.resolve(report)
    waiting.delete(question)
    if (waiting.size === 0) child.channel?.unref()
  })
  const end = (why: string) => {
    over ??= new LabError('CLIENT_CRASHED', [`its process ${why}`, words].join('\n').trim(), { kind: 'failure' })
    for (const one of waiting.values()) one.reject(over)
    waiting.clear()
    gone.resolve()
  }
  child.on('error', (error) => end(`did not begin: ${error.message}`))
  child.once('exit', (code, signal) => end(`has ended with ${signal ?? code}`))
  return {
    pid: child.pid,
    tell: (beginning) => void (over ?? child.send(beginning)),
    ask: (step) => {
      if (over) return Promise.reject(over)
      asked += 1
      const answer = Promise.withResolvers<ClientReport | undefined>()
      waiting.set(asked, answer)
      child.channel?.ref()
      child.send({ ...step, question: asked } satisfies Question)
      return answer.promise
    },
    isOver: () => over !== undefined,
    end: async () => {
      // It holds nothing that would want to be told; a client that blocks it could not be.
      child.kill('SIGKILL')
      await gone.promise
    },
  }
}
