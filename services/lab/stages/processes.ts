import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcesses as createClientProcesses, type Processes, variablesOf } from '#client/processes.ts'
import type { Environment } from '#mitm/attack.ts'

export interface ProcessesOptions {
  /** PEM: what stands in NODE_EXTRA_CA_CERTS where the attacker has been at it. */
  readonly authority: string
  /** Where a folder for that may be made; the system's folder for such things when absent. */
  readonly temporary?: string
}

/** One process for each environment that an attack asks for. */
export function createProcesses(
  { authority, temporary = tmpdir() }: ProcessesOptions,
  opened: AsyncDisposableStack,
): Processes<Environment> {
  const files = opened.use(new AsyncDisposableStack())
  let file: Promise<string> | undefined
  const write = async () => {
    const made = files.use(await mkdtempDisposable(join(temporary, 'pinlab-environment-')))
    const path = join(made.path, 'extra-authority.pem')
    await writeFile(path, authority, { mode: 0o600 })
    return path
  }
  const authorityFile = () => {
    file ??= write()
    return file
  }
  return createClientProcesses((environment) => variablesOf(environment, authorityFile), opened)
}
