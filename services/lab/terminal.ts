import { relative } from 'node:path'
import type { Env } from '#kit/env.ts'
import type { Look } from './reporter.ts'

/** The streams and words of one command, passed in by main.ts. */
export interface Terminal {
  readonly args: readonly string[]
  readonly env: Env
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

/** A counter that rewrites itself on a terminal, and is silent elsewhere. Disposed of, it leaves no trace. */
export function progress({ stderr }: Terminal): Disposable & { tick: (done: number, total: number) => void } {
  if (!stderr.isTTY) return { tick: () => {}, [Symbol.dispose]: () => {} }
  const clear = '\r\u001b[K'
  return {
    tick: (done, total) => void stderr.write(`${clear}  ${done} of ${total} plays`),
    [Symbol.dispose]: () => void stderr.write(clear),
  }
}
