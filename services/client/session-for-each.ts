import type { Answer, OpenClient, Situation } from './client.ts'
import { type Connections, oneSession } from './one-session.ts'

/** One HTTP/2 session for each host, opened and checked for that host, and the end of them all. */
export function sessionForEach(situation: Situation, connections: Connections) {
  const hosts = new Map<string, OpenClient>()
  const at = (origin: string): OpenClient => {
    const host = hosts.get(origin) ?? oneSession({ ...situation, origin }, connections)
    hosts.set(origin, host)
    return host
  }
  return {
    at,
    glance: (address: string): Promise<Answer> => at(new URL(address).origin).get(address, {}),
    close: () => connections.close(),
  }
}
