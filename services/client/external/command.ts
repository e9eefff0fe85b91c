import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { ask, begin, type CommandLine, type End, ended, endGroup } from './process-group.ts'
import { createTail } from './tail.ts'

export interface CommandLimits {
  /** ms until it is ended, with all that it has started */
  readonly timeout: number
  readonly signal?: AbortSignal
}

/** How a program ended, and the last of what it wrote. */
export type CommandEnd = Written & End

export interface Written {
  /** stdout and stderr as they came, the last 64 KiB of it. */
  readonly output: string
  /** The last line of stdout that isn't empty. */
  readonly lastLine: string
}

const NOTHING: Written = { output: '', lastLine: '' }

/**
 * Runs a program once, in a process group of its own, without input. Whatever it has started and left behind in its group
 * is ended with it. Never rejects.
 */
export async function runCommand(line: CommandLine, { signal, timeout }: CommandLimits): Promise<CommandEnd> {
  if (signal?.aborted) return { how: 'interrupted', ...NOTHING }
  const child = begin(line)
  if ('how' in child) return { ...child, ...NOTHING }
  const both = createTail()
  const said = createTail()
  child.stdout.on('data', both.add).on('data', said.add)
  child.stderr.on('data', both.add)
  const written = () => ({ output: both.text(), lastLine: lastLineOf(said.text()) })
  const cancel = new AbortController()
  try {
    const end = await Promise.race([ended(child), cutShort({ timeout, ...(signal && { signal }) }, cancel.signal)])
    if (end.how === 'timeout' || end.how === 'interrupted') await ask(child)
    return { ...end, ...written() }
  } finally {
    cancel.abort()
    endGroup(child, 'SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** Settles when the time is up or somebody interrupts. @param cancel nobody waits for it any more */
export function cutShort({ timeout, signal }: CommandLimits, cancel: AbortSignal): Promise<End> {
  const timedOut = delay(timeout, { how: 'timeout' } as const, { signal: cancel })
  if (!signal) return timedOut
  const interrupted = { how: 'interrupted' } as const
  if (signal.aborted) {
    timedOut.catch(() => {})
    return Promise.resolve(interrupted)
  }
  return Promise.race([timedOut, once(signal, 'abort', { signal: cancel }).then(() => interrupted)])
}

function lastLineOf(text: string): string {
  return text.trimEnd().split(/\r?\n/).at(-1)?.trim() ?? ''
}
