import { AsyncLocalStorage } from 'node:async_hooks'
import { LabError } from '#kit/error.ts'
import { within } from './deadline.ts'

/*
 * A client of this process may throw where nobody listens: in a timer, an event or a promise that it has forgotten. As a
 * program of its own it would end there and then, and so its visit ends here, before another byte is sent; the others
 * and the lab go on.
 */

export interface Stray {
  readonly client: string
  readonly error: unknown
}

/** The steps of one visit, whose strays end it. */
export interface Answerable {
  /** As `within`: once something has strayed, this step and all later ones reject with CLIENT_CRASHED. */
  within<T>(limit: number, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

interface Visiting {
  readonly client: string
  readonly crash: AbortController
}

// Node hands an uncaught error to its listeners in the context in which it was thrown, a rejection in the promise's.
const visiting = new AsyncLocalStorage<Visiting>()

/** @param outer ends the visit early */
export function answerable(client: string, outer?: AbortSignal): Answerable {
  const crash = new AbortController()
  const signal = outer ? AbortSignal.any([outer, crash.signal]) : crash.signal
  return { within: (limit, work) => visiting.run({ client, crash }, () => within(limit, signal, work)) }
}

/**
 * Holds what clients let stray until it is disposed of. What is nobody's ends the process, as it would have.
 * @param tell is told at once, also when the visit is long over
 */
export function holdStrays(host: Pick<NodeJS.Process, 'on' | 'off'>, tell: (stray: Stray) => void): Disposable {
  const hold = (error: unknown) => {
    const visit = visiting.getStore()
    if (visit) {
      visit.crash.abort(crashed(error))
      tell({ client: visit.client, error })
      return
    }
    host.off('uncaughtException', hold)
    // Thrown from here it would be taken for a fault of this listener.
    setImmediate(() => {
      throw error
    })
  }
  host.on('uncaughtException', hold)
  return { [Symbol.dispose]: () => void host.off('uncaughtException', hold) }
}

/** One line for whoever runs the lab. */
export function strayInWords({ client, error }: Stray): string {
  return `CLIENT_CRASHED: ${client} threw where nobody listens, and its visit ended with that: ${wordsOf(error)}`
}

function crashed(error: unknown): LabError {
  const message = `it threw where nobody listens: ${wordsOf(error)}`
  return new LabError('CLIENT_CRASHED', message, { kind: 'failure', cause: error })
}

function wordsOf(error: unknown): string {
  try {
    return String(error)
  } catch {
    return 'something that cannot be looked at'
  }
}
