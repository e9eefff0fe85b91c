import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from '#kit/error.ts'

/** A program and what it is told. */
export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** The folder in which it runs; the lab's own when absent. */
  readonly cwd?: string
}

/** How a program came to its end. */
export type End =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: NodeJS.Signals }
  | NotStarted
  | { readonly how: 'timeout' }
  | { readonly how: 'interrupted' }

export interface NotStarted {
  readonly how: 'not-started'
  readonly why: string
}

/** ms between asking a program to end and ending it */
const GRACE = 500
/** ms for output that is still in the pipe when the program has gone */
const DRAIN = 200

/** Starts a program without input, in a process group of its own. */
export function begin(line: CommandLine) {
  return unlessThrown(() => spawn(line.command, line.args, { ...means(line), stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Starts a program that is told more while it runs. */
export function beginListening(line: CommandLine) {
  return unlessThrown(() => spawn(line.command, line.args, { ...means(line), stdio: ['pipe', 'pipe', 'pipe'] }))
}

function means({ env, cwd }: CommandLine) {
  return { env: { ...env }, detached: true, ...(cwd !== undefined && { cwd }) }
}

/** Some errors Node tells by an event, others it throws: a name with a NUL in it, a path that leads through a file. */
function unlessThrown<T>(start: () => T): T | NotStarted {
  try {
    return start()
  } catch (error) {
    return notStarted(error)
  }
}

/** Settles when the program has ended by itself; what it has left behind in its group is ended then. Never rejects. */
export async function ended(child: ChildProcess): Promise<End> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    // What it has left behind may keep its pipes open for ever.
    endGroup(child, 'SIGKILL')
    await Promise.race([once(child, 'close'), delay(DRAIN)])
    return code === null ? { how: 'signal', signal: signal ?? 'SIGKILL' } : { how: 'exit', code }
  } catch (error) {
    return notStarted(error)
  }
}

/** Asks the program to end, and gives it a moment to do so. */
export async function ask(child: ChildProcess): Promise<void> {
  endGroup(child, 'SIGTERM')
  await leave(child)
}

/** Gives the program a moment to end by itself. @param grace ms */
export async function leave(child: ChildProcess, grace = GRACE): Promise<void> {
  const cancel = new AbortController()
  const gone = child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  if (!gone) await Promise.race([once(child, 'exit'), delay(grace, undefined, { signal: cancel.signal })])
  cancel.abort()
}

/** The group is the program's own: `detached` made it the leader. */
export function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of it is left.
  }
}

function notStarted(error: unknown): NotStarted {
  return { how: 'not-started', why: codeOf(error) ?? String(error) }
}
