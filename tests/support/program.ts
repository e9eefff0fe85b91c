import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Ended {
  /** The exit code, or the name of the signal. */
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

export interface Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Settles as soon as stdout or stderr holds the words. */
  says(words: string): Promise<void>
}

/** Starts a program whose end and output a test awaits. */
export function start(command: string, args: readonly string[], options: SpawnOptions): Program {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the pipes are missing')
  const closed = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1))
  })
  let heard = ''
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const listen = (chunk?: Buffer) => {
        heard += chunk?.toString() ?? ''
        if (heard.includes(words)) resolve()
      }
      stdout.on('data', listen)
      stderr.on('data', listen)
      closed.then(() => reject(new Error(`it ended without saying '${words}', but: ${heard}`)), reject)
      listen()
    })
  const ended = Promise.all([closed, text(stdout), text(stderr)])
  return { child, says, ended: ended.then(([code, out, err]) => ({ code, stdout: out, stderr: err })) }
}
