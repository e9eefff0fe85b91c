import { LabError } from '#kit/error.ts'
import type { Visit } from './run.ts'

/** Visits that the lab leads step by step. One that nobody leaves ends by itself. */
export interface Visits {
  /**
   * @returns the name that it is called by from now on
   * @throws LabError TOO_MANY_VISITS
   */
  enter(client: string, visit: Visit): string
  /** @throws LabError VISIT_UNKNOWN */
  step<T>(name: string, act: (visit: Visit) => Promise<T>): Promise<T>
  /** @throws LabError VISIT_UNKNOWN */
  leave(name: string): Promise<void>
  close(): Promise<void>
}

interface Entered {
  readonly visit: Visit
  /** Steps under way: none of them takes longer than the order allows. */
  underway: number
  idle?: NodeJS.Timeout
}

const MOST_OPEN = 500

/** @param patience ms without a step, after which a visit is over */
export function createVisits(patience = 60_000): Visits {
  const open = new Map<string, Entered>()
  let count = 0
  const end = async (name: string) => {
    const entered = open.get(name)
    open.delete(name)
    clearTimeout(entered?.idle)
    await entered?.visit.close()
  }
  const wait = (name: string, entered: Entered) => {
    clearTimeout(entered.idle)
    entered.idle = setTimeout(() => void end(name), patience).unref()
  }
  const called = (name: string): Entered => {
    const entered = open.get(name)
    if (entered) return entered
    throw new LabError('VISIT_UNKNOWN', `no visit called '${name}' is open`, {
      hint: `one that takes no step for ${patience} ms ends by itself`,
    })
  }
  return {
    enter(client, visit) {
      if (open.size >= MOST_OPEN) throw tooMany()
      count += 1
      const name = `${client}-${count}`
      const entered = { visit, underway: 0 }
      open.set(name, entered)
      wait(name, entered)
      return name
    },
    async step(name, act) {
      const entered = called(name)
      clearTimeout(entered.idle)
      entered.underway += 1
      try {
        return await act(entered.visit)
      } finally {
        entered.underway -= 1
        if (entered.underway === 0 && open.get(name) === entered) wait(name, entered)
      }
    },
    async leave(name) {
      called(name)
      await end(name)
    },
    async close() {
      await Promise.all([...open.keys()].map(end))
    },
  }
}

function tooMany(): LabError {
  return new LabError('TOO_MANY_VISITS', `${MOST_OPEN} visits are open and wait for their next step`, {
    kind: 'failure',
    hint: 'leave each visit that was opened, or restart the client',
  })
}
