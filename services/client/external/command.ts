import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from '#kit/error.ts'
import { createTail } from './tail.ts'

/** A program and what it is told. */
export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
}

export interface CommandLimits {
  /** ms until it is ended, with all that it has started */
  readonly timeout: number
  readonly signal?: AbortSignal
}

/** How a program ended, and the last of what it wrote. */
export type CommandEnd = Written & End

type End =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly how: 'not-started'; readonly why: string }
  | { readonly how: 'timeout' }
  | { readonly how: 'interrupted' }

interface Written {
  /** stdout and stderr as they came, the last 64 KiB of it. */
  readonly output: string
  /** The last line of stdout that isn't empty. */
  readonly lastLine: string
}

/** ms between asking a program to end and ending it */
const GRACE = 500
/** ms for output that is still in the pipe when the program has gone */
const DRAIN = 200

/**
 * Runs a program once, in a process group of its own, without input. Whatever it has started and left behind in its group
 * is ended with it. Never rejects.
 */
export async function runCommand({ command, args, env }: CommandLine, limits: CommandLimits): Promise<CommandEnd> {
  const { signal, timeout } = limits
  if (signal?.aborted) return { how: 'interrupted', output: '', lastLine: '' }
  const child = spawn(command, args, { env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const both = createTail()
  const said = createTail()
  child.stdout.on('data', both.add).on('data', said.add)
  child.stderr.on('data', both.add)
  const written = () => ({ output: both.text(), lastLine: lastLineOf(said.text()) })
  const cancel = new AbortController()
  try {
    const end = await Promise.race([
      ended(child),
      delay(timeout, { how: 'timeout' } as const, { signal: cancel.signal }),
      ...(signal
        ? [once(signal, 'abort', { signal: cancel.signal }).then(() => ({ how: 'interrupted' }) as const)]
        : []),
    ])
    if (end.how === 'timeout' || end.how === 'interrupted') await ask(child)
    return { ...end, ...written() }
  } finally {
    cancel.abort()
    endGroup(child, 'SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

async function ended(child: ChildProcess): Promise<End> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    // What it has left behind may keep its pipes open for ever.
    endGroup(child, 'SIGKILL')
    await Promise.race([once(child, 'close'), delay(DRAIN)])
    return code === null ? { how: 'signal', signal: signal ?? 'SIGKILL' } : { how: 'exit', code }
  } catch (error) {
    return { how: 'not-started', why: codeOf(error) ?? String(error) }
  }
}

async function ask(child: ChildProcess): Promise<void> {
  endGroup(child, 'SIGTERM')
  const cancel = new AbortController()
  const gone = child.exitCode !== null || child.signalCode !== null
  if (!gone) await Promise.race([once(child, 'exit'), delay(GRACE, undefined, { signal: cancel.signal })])
  cancel.abort()
}

/** The group is the program's own: `detached` made it the leader. */
function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of it is left.
  }
}

function lastLineOf(text: string): string {
  return text.trimEnd().split(/\r?\n/).at(-1)?.trim() ?? ''
}
