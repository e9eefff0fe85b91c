import type { Client } from '#client/client.ts'
import type { WorldFiles } from '#client/external/world.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import type { Env } from '#kit/env.ts'
import { ownFolder, readSaved, savedClients } from './saved.ts'

export interface Surroundings {
  readonly env: Env
  readonly files: WorldFiles
  readonly signal: AbortSignal
}

/** The lab's clients, and beside them those that were saved: only where somebody names clients, for they take their time. */
export async function withSaved(
  clients: Catalogue<Client>,
  named: readonly string[],
  { env, files, signal }: Surroundings,
): Promise<Catalogue<Client>> {
  if (named.length === 0) return clients
  const saved = await readSaved(env)
  const means = { files, inherited: env, cwd: ownFolder(env), signal }
  // What was saved before the lab had a client of that name gives way.
  const names = [...saved.keys()].filter((name) => !clients.has(name))
  return new Map([...clients, ...savedClients(saved, means, names).map((client) => [client.id, client] as const)])
}
