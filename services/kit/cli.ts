import { type Command, CommanderError } from 'commander'
import { EXIT, exitCodeOf, explain } from './error.ts'
import { nearest } from './nearest.ts'

/** What a command may touch of its process; passed in, so that only main.ts names it. */
export type Host = Pick<NodeJS.Process, 'argv' | 'env' | 'stdout' | 'stderr' | 'on' | 'off' | 'exit' | 'exitCode'>

/** ms within which a second signal is the first one's echo: a terminal and npm each deliver the same Ctrl-C. */
const ECHO = 500

/**
 * Runs a command to its exit code. The first Ctrl-C or SIGTERM aborts `signal` and lets the command end what it
 * started; a second one ends the process at once. Errors are explained on stderr.
 */
export async function runCommand(host: Host, command: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const controller = new AbortController()
  let interruptedAt: number | undefined
  const interrupt = (name: NodeJS.Signals) => {
    if (interruptedAt === undefined) {
      interruptedAt = performance.now()
      controller.abort(new Error(`interrupted by ${name}`))
    } else if (performance.now() - interruptedAt > ECHO) host.exit(EXIT.interrupted)
  }
  host.on('SIGINT', interrupt)
  host.on('SIGTERM', interrupt)
  // `| head` closes the pipe early: that is the reader's right, not a failure.
  host.stdout.on('error', (error) => host.exit('code' in error && error.code === 'EPIPE' ? EXIT.expected : EXIT.broken))
  try {
    host.exitCode = await command(controller.signal)
  } catch (error) {
    host.exitCode = codeFor(error, controller.signal)
    if (controller.signal.aborted)
      host.stderr.write('interrupted: what it had started is ended, nothing is half-written\n')
    // commander has spoken for itself.
    else if (!(error instanceof CommanderError)) host.stderr.write(`${explain(error)}\n`)
  } finally {
    host.off('SIGINT', interrupt)
    host.off('SIGTERM', interrupt)
  }
}

function codeFor(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return EXIT.interrupted
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.expected : EXIT.usage
  return exitCodeOf(error)
}

/** Settles when the signal aborts: what a long-lived service waits for. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** For a program with a default command, to which commander would hand a mistyped one as an argument too many. */
export function refuseUnknownCommand(program: Command, argv: readonly string[]): void {
  const word = argv[2]
  const known = [...program.commands.map((command) => command.name()), 'help']
  if (word === undefined || word.startsWith('-') || known.includes(word)) return
  const near = nearest(word, known)
  const next = near ? `did you mean ${near}?` : `the commands are ${known.join(', ')}`
  program.error(`error: unknown command '${word}': ${next}`, { code: 'commander.unknownCommand' })
}
