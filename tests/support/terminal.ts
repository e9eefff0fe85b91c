import { PassThrough } from 'node:stream'
import type { Terminal } from '#lab/terminal.ts'

export interface CapturedTerminal extends Terminal {
  readonly printed: { stdout: string; stderr: string }
}

/** A command's surroundings, kept: no terminal, so no colour and no progress. */
export function terminal(args: readonly string[], env: Record<string, string> = {}): CapturedTerminal {
  const printed = { stdout: '', stderr: '' }
  const keep = (name: 'stdout' | 'stderr') => {
    const stream = new PassThrough()
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
    // What a command uses of its streams is write() and whether they are a terminal.
    return stream as unknown as NodeJS.WriteStream
  }
  return { args, env, stdout: keep('stdout'), stderr: keep('stderr'), signal: new AbortController().signal, printed }
}
