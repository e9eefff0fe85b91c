import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client, Situation } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Puts TLS on the tunnel that its proxy opens, and hands the bare connection on where the proxy opens none.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const agent = ownAgent(situation, { checkServerIdentity: checkPins(pinsOfKeys(situation)) })
    const { proxy } = situation
    if (proxy !== undefined) {
      agent.createConnection = (_options, callback) => {
        throughProxy(situation, proxy).then(
          (socket) => callback?.(null, socket),
          // Node looks at the error first; the types want a stream all the same.
          (error: Error) => callback?.(error, undefined as never),
        )
        return undefined
      }
    }
    return askOver(situation, agent)
  },
  mistake: {
    belief: 'When the proxy says no, its answer is for the caller to read.',
    source: 'https://github.com/advisories/GHSA-pc5p-h8pf-mvwp: https-proxy-agent before 2.2.3',
    fix: 'End the connection, and with it the request, when CONNECT is answered with anything but 200.',
    road: 'proxy',
    falls: { 'connect-non200-plaintext': 'intercepted' },
  },
} satisfies Client

async function throughProxy(situation: Situation, proxy: string): Promise<Socket> {
  const { hostname: host, port } = new URL(situation.origin)
  const asking = request(proxy, { method: 'CONNECT', path: `${host}:${port}` }).end()
  // What Node gives to the event; an error of the request rejects.
  const [answer, socket] = (await once(asking, 'connect')) as [IncomingMessage, Socket]
  if (answer.statusCode === 200) {
    const tls = { ca: [...situation.deviceAuthorities], rejectUnauthorized: true }
    return connect({
      socket,
      host,
      servername: isIP(host) ? '' : host,
      ...tls,
      checkServerIdentity: checkPins(pinsOfKeys(situation)),
    })
  }
  // So that the caller gets to see it, as if the server had said it.
  socket.unshift(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\ncontent-length: 0\r\n\r\n`)
  return socket
}
