import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from '@jest/globals'

/** `test`, where the program is there. Elsewhere what is missing is printed and the test is skipped. */
export function testWith(program: string, ...versionArgs: readonly string[]): typeof test | typeof test.skip {
  const { error, status } = spawnSync(program, versionArgs.length > 0 ? versionArgs : ['--version'])
  if (!error && status === 0) return test
  process.stderr.write(`skipped: what only ${program} can tell: ${error ? 'there is none here' : `exit ${status}`}\n`)
  return test.skip
}

const start = promisify(execFile)

/** What it wrote on stdout; rejects when it doesn't exit with 0. */
export async function output(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await start(program, args)
  return stdout
}
