import { once } from 'node:events'
import { request } from 'node:http'
import type { Agent } from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as secure, type TLSSocket } from 'node:tls'
import type { Situation } from './client.ts'
import { ownAgent } from './own-agent.ts'

type Secure = (socket: Socket, options: ConnectionOptions) => TLSSocket

/**
 * An agent that hands its sockets over before their handshake has ended, straight and through a proxy, as https-proxy-agent
 * does. Node's own CONNECT does so afterwards: there nobody who waits for secureConnect ever hears of it.
 */
export function earlyAgent(situation: Situation, options: ConnectionOptions = {}, start: Secure = overSocket): Agent {
  const agent = ownAgent(situation)
  agent.createConnection = ({ host: named, port }, callback) => {
    const host = named ?? ''
    const address = { hostname: host, port: String(port) }
    // RFC 6066 section 3: an address is no server name.
    const asked = { host, servername: isIP(host) ? '' : host }
    // Said aloud, as in ownAgent: the default is the environment's.
    const whole = { ca: [...situation.deviceAuthorities], ...asked, rejectUnauthorized: true, ...options }
    reach(situation, address).then(
      (socket) => callback?.(null, start(socket, whole)),
      // Node looks at the error first; the types want a stream all the same.
      (error: Error) => callback?.(error, undefined as never),
    )
    return undefined
  }
  return agent
}

const overSocket: Secure = (socket, options) => secure({ ...options, socket })

/** A connection to the API without TLS yet: straight, or by CONNECT. */
export async function reach(
  { lookup, proxy }: Situation,
  { hostname, port }: Pick<URL, 'hostname' | 'port'>,
): Promise<Socket> {
  if (proxy === undefined) return connect({ host: hostname, port: Number(port), ...(lookup && { lookup }) })
  const asking = request(proxy, { method: 'CONNECT', path: `${hostname}:${port}` }).end()
  // The socket is the event's second argument; an error of the request rejects.
  const [, socket] = (await once(asking, 'connect')) as [unknown, Socket]
  return socket
}
