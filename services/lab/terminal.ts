import { relative } from 'node:path'
import type { Env } from '#kit/env.ts'
import type { Look } from './reporter.ts'

/** The streams and words of one command, passed in by main.ts. */
export interface Terminal {
  readonly args: readonly string[]
  readonly env: Env
  /** Of a command that asks somebody. */
  readonly stdin?: NodeJS.ReadableStream
  /** The result. */
  readonly stdout: NodeJS.WriteStream
  /** The talk. */
  readonly stderr: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** Colour only on a terminal and only when nobody asked for none (no-color.org). */
export function lookOf(stream: NodeJS.WriteStream, env: Env): Look {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0'
  const refused = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return { colour: !refused && (forced || stream.isTTY === true), width: stream.columns ?? 100 }
}

/** A path as a person would type it from here; whole where it lies elsewhere. */
export function fromHere(path: string): string {
  const way = relative('.', path)
  return way.startsWith('..') ? path : way
}

export interface ProgressOptions {
  readonly now: () => Date
  /** Wanted even where stderr is no terminal: then a line now and then. */
  readonly asked?: boolean
}

export interface Progress extends Disposable {
  tick(done: number, total: number): void
}

/** ms that a run lasts before anybody wonders */
const PATIENCE = 1_000
/** ms between two lines of a log */
const LOG_PAUSE = 5_000

/**
 * A counter for a run that lasts: it rewrites itself on a terminal, and is silent elsewhere unless it was asked for.
 * Disposed of, it leaves no trace on a terminal.
 */
export function progress({ stderr }: Terminal, { now, asked = false }: ProgressOptions): Progress {
  if (!stderr.isTTY && !asked) return { tick: () => {}, [Symbol.dispose]: () => {} }
  const [before, after, pause] = stderr.isTTY ? [CLEAR_LINE, '', 0] : ['', '\n', LOG_PAUSE]
  const begun = now().getTime()
  let next = begun + PATIENCE
  let shown = false
  const tick = (done: number, total: number) => {
    const time = now().getTime()
    if (time < next) return
    next = time + pause
    shown = true
    stderr.write(`${before}  ${done} of ${total} plays${left(time - begun, done, total)}${after}`)
  }
  const clear = () => {
    if (shown && stderr.isTTY) stderr.write(CLEAR_LINE)
    shown = false
  }
  return { tick, [Symbol.dispose]: clear }
}

/** As if the rest took as long as what is done. @param ms since the beginning */
function left(ms: number, done: number, total: number): string {
  if (done === 0 || done >= total) return ''
  return `, about ${Math.max(1, Math.round(((ms / done) * (total - done)) / 1000))} s left`
}

const CLEAR_LINE = '\r\u001b[K'
