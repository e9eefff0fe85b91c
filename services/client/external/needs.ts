import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Need, Reference } from '../reference.ts'
import { runCommand } from './command.ts'

/** What the person's shell would find. */
export type ShellEnv = Readonly<Record<string, string | undefined>>

/** ms for a probe: a first import may have to compile */
const PATIENCE = 30_000

/** Of what an entry needs, that which this machine lacks. */
export async function lacking({ needs }: Pick<Reference, 'needs'>, env: ShellEnv): Promise<Need[]> {
  const there = await Promise.all(needs.map((need) => isThere(need, env)))
  return needs.filter((_, index) => !there[index])
}

/** `apt-get install curl wget`. */
export function remedy(needs: readonly Need[]): string {
  return `apt-get install ${[...new Set(needs.map(({ debian }) => debian))].join(' ')}`
}

/** The variables that have a value. */
export function given(env: ShellEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

async function isThere({ command, probe }: Need, env: ShellEnv): Promise<boolean> {
  const folders = isAbsolute(command) ? [''] : (env.PATH ?? '').split(delimiter)
  const found = await Promise.all(folders.map((folder) => isExecutable(join(folder, command))))
  if (!found.includes(true)) return false
  if (!probe) return true
  const end = await runCommand({ command, args: probe, env: given(env) }, { timeout: PATIENCE })
  return end.how === 'exit' && end.code === 0
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
