import type { Agent } from 'node:https'
import { isIP } from 'node:net'
import { buildConnector } from 'undici'

/*
 * Whom to ask for in the handshake, and whose name the certificate must have. Node and undici take it from the Host header
 * where a request has one of its own (calculateServerName in lib/_http_agent.js, getServerName in undici's request.js; seen
 * on Node 24.21 and undici 8.13): then it is whoever wrote that header who chooses. Here it is the address that is asked.
 */

/** The same agent, which names its peers by their address. */
export function namedByAddress(agent: Agent): Agent {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => create({ ...options, servername: nameOf(options.host) }, callback)
  return agent
}

/** undici's own connector, which does the same. */
export function connectorByAddress(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options)
  return (wanted, callback) => connect({ ...wanted, servername: nameOf(wanted.hostname) }, callback)
}

/** RFC 6066 section 3: an address is no server name. */
function nameOf(host: string | null | undefined): string {
  const name = (host ?? '').replace(/^\[|\]$/g, '')
  return isIP(name) === 0 ? name : ''
}
