import type { Road } from '#kit/check.ts'
import { battery, told } from '../battery.ts'
import { choose, type Patterns } from '../experiment.ts'
import { frugalWhenLong } from '../frugal.ts'
import type { Result, Run } from '../result.ts'
import { type House, wordsOf } from './house.ts'

/** The battery as it goes on. */
export interface Running {
  readonly run: Run
  readonly state: 'going' | 'stopped' | 'over' | 'failed'
  /** What went wrong with the lab itself. */
  readonly failure?: string
  readonly done: number
  readonly total: number
  /** In which column of the matrix a client stands. */
  readonly columnOf: (client: string) => number
}

export interface BatteryAudience {
  /** A battery begins, or has ended: all of it. */
  battery(running: Running): void
  /** One more result of the battery that goes on. */
  result(result: Result, running: Running): void
}

export interface Batteries extends AsyncDisposable {
  readonly running: Running | undefined
  /** One at a time: while one goes on, that is it. Resolves when it is over. @param road takeover when absent */
  runAll(patterns: Patterns, road?: Road): Promise<void>
  stop(): void
}

export function createBatteries(house: House, audience: BatteryAudience): Batteries {
  const { stage, catalogues, versions, jobs, now } = house
  const closing = new AbortController()
  let running: Running | undefined
  let going: { readonly over: Promise<void>; readonly stop: AbortController } | undefined

  const runOnce = async (patterns: Patterns, road: Road, stop: AbortController): Promise<void> => {
    const chosen = choose(catalogues, patterns)
    const startedAt = now()
    const results: Result[] = []
    const signal = AbortSignal.any([stop.signal, closing.signal])
    const soFar = (): Run => ({
      ...{ version: 1, stage: stage.name, road, startedAt: startedAt.toISOString(), versions },
      ms: now().getTime() - startedAt.getTime(),
      ...told({ ...chosen, results }, stage),
    })
    const columns = new Map(chosen.clients.map(({ id }, column) => [id, column]))
    const columnOf = (client: string) => columns.get(client) ?? -1
    let done = 0
    const total = chosen.attacks.length * chosen.clients.length
    // Summing up is for whoever looks, and not for each of thousands of results.
    const goingOn = (): Running => ({
      ...{ state: 'going', done, total, columnOf },
      get run() {
        return soFar()
      },
    })
    frugalWhenLong(total)
    running = goingOn()
    audience.battery(running)
    try {
      const run = await battery(stage, {
        ...{ jobs, versions, now },
        ...{ ...chosen, road, signal },
        onResult: (count, _, result) => {
          done = count
          results.push(result)
          running = goingOn()
          audience.result(result, running)
        },
      })
      running = { run, state: signal.aborted ? 'stopped' : 'over', done, total, columnOf }
    } catch (error) {
      running = { run: soFar(), state: 'failed', failure: wordsOf(error), done, total, columnOf }
    }
    audience.battery(running)
  }

  return {
    get running() {
      return running
    },
    runAll: (patterns, road = 'takeover') => {
      if (going) return going.over
      const stop = new AbortController()
      const over = runOnce(patterns, road, stop).finally(() => {
        going = undefined
      })
      going = { over, stop }
      return over
    },
    stop: () => going?.stop.abort(),
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      await Promise.allSettled([going?.over])
    },
  }
}
