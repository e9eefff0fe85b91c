import type { Entry } from '#kit/catalogue.ts'
import type { Client, Environment, Situation } from './client.ts'
import { type OwnProcess, ownProcess } from './own-process.ts'
import { openVisit, type Visit, type VisitDeps } from './run.ts'

type Variables = Readonly<Record<string, string>>
type OpenVisit = (client: Entry<Client>, situation: Situation, deps: VisitDeps) => Visit

export interface Processes<E> {
  /** How visits are opened in a process with that environment; in this one when nothing is asked for. */
  of(environment: E | undefined): Promise<OpenVisit>
}

/** One process for each environment, begun when a visit first asks for it, and ended with the stack. */
export function createProcesses<E>(
  variablesOf: (environment: E) => Promise<Variables>,
  opened: AsyncDisposableStack,
): Processes<E> {
  const begun = new Map<E, OwnProcess>()
  const own = opened.use(new AsyncDisposableStack())
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

/** @param authorityFile what stands in NODE_EXTRA_CA_CERTS where the attacker has been at it: Node takes a file */
export async function variablesOf(environment: Environment, authorityFile: () => Promise<string>): Promise<Variables> {
  if (environment === 'honest') return {}
  if (environment === 'no-verification') return { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  return { NODE_EXTRA_CA_CERTS: await authorityFile() }
}
