import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OwnProcess, ownProcess } from '#client/own-process.ts'
import { openVisit } from '#client/run.ts'
import type { Environment } from '#mitm/attack.ts'

export interface Processes {
  /** How visits are opened in a process with that environment; in this one when nothing is asked for. */
  of(environment: Environment | undefined): Promise<OwnProcess['openVisit']>
}

export interface ProcessesOptions {
  /** PEM: what stands in NODE_EXTRA_CA_CERTS where the attacker has been at it. */
  readonly authority: string
  /** Where a folder for that may be made; the system's folder for such things when absent. */
  readonly temporary?: string
}

/** One process for each environment, begun when a play first asks for it, and ended with the stack. */
export function createProcesses(
  { authority, temporary = tmpdir() }: ProcessesOptions,
  opened: AsyncDisposableStack,
): Processes {
  const begun = new Map<Environment, OwnProcess>()
  const own = opened.use(new AsyncDisposableStack())
  let file: Promise<string> | undefined
  // Node takes a file, and reads it when it first needs its authorities.
  const authorityFile = async () => {
    const made = own.use(await mkdtempDisposable(join(temporary, 'pinlab-environment-')))
    const path = join(made.path, 'extra-authority.pem')
    await writeFile(path, authority, { mode: 0o600 })
    return path
  }
  const variablesOf = async (environment: Environment): Promise<Readonly<Record<string, string>>> => {
    if (environment === 'honest') return {}
    if (environment === 'no-verification') return { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    file ??= authorityFile()
    return { NODE_EXTRA_CA_CERTS: await file }
  }
  return {
    of: async (environment) => {
      if (environment === undefined) return openVisit
      const variables = await variablesOf(environment)
      const process = begun.get(environment) ?? own.use(ownProcess(variables))
      begun.set(environment, process)
      return process.openVisit
    },
  }
}
