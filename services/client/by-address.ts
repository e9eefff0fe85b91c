import type { Agent } from 'node:https'
import { isIP } from 'node:net'

/**
 * The same agent, which asks for its peers, and has their certificates checked, by their address. Node lets a request's Host
 * header outrank it (calculateServerName in lib/_http_agent.js, seen on 24.21), so that whoever writes that header would
 * choose the name. So does undici's `request`; `fetch` does not (8.13).
 */
export function namedByAddress(agent: Agent): Agent {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => create({ ...options, servername: nameOf(options.host) }, callback)
  return agent
}

/** RFC 6066 section 3: an address is no server name. */
function nameOf(host: string | null | undefined): string {
  const name = (host ?? '').replace(/^\[|\]$/g, '')
  return isIP(name) === 0 ? name : ''
}
