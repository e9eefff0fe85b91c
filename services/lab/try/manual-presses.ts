import { createInterface } from 'node:readline'
import { LabError } from '#kit/error.ts'

/** Somebody at a keyboard, or a pipe: a line is a press of Enter. */
export interface Presses extends Disposable {
  /** @throws LabError CLIENT_INTERRUPTED when the input has ended, or the signal aborts */
  next(): Promise<void>
}

interface Options {
  readonly signal: AbortSignal
  /** Told when the input ends. */
  readonly onEnd: () => void
}

export function createPresses(input: NodeJS.ReadableStream, { signal, onEnd }: Options): Presses {
  // Not a terminal to readline: Ctrl-C stays the process's.
  const lines = createInterface({ input, terminal: false })
  const isTerminal = 'isTTY' in input && input.isTTY === true
  let early = 0
  let ended = false
  let waiting: PromiseWithResolvers<void> | undefined
  const stop = () => waiting?.reject(new LabError('CLIENT_INTERRUPTED', 'interrupted', { kind: 'failure' }))
  lines.on('line', () => {
    if (waiting) waiting.resolve()
    else early += 1
  })
  lines.on('close', () => {
    ended = true
    // Lines of a pipe that were written before it was closed still count.
    if (early > 0) return
    onEnd()
    stop()
  })
  signal.addEventListener('abort', stop)
  const next = async () => {
    // At a keyboard that was impatience, and would skip what has not been seen.
    if (isTerminal) early = 0
    if (early > 0) {
      early -= 1
      return
    }
    waiting = Promise.withResolvers<void>()
    if (ended) onEnd()
    if (ended || signal.aborted) stop()
    try {
      await waiting.promise
    } finally {
      waiting = undefined
    }
  }
  const close = () => {
    signal.removeEventListener('abort', stop)
    lines.removeAllListeners('close').close()
    // A keyboard that is listened to keeps a process alive.
    input.pause()
  }
  return { next, [Symbol.dispose]: close }
}
