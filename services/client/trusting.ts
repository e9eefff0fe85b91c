import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { openTunnel, parseProxy } from '#pin/tunnel.ts'
import type { Situation } from './client.ts'
import type { Connections } from './one-session.ts'

/** Connections on the device's network as Node makes and checks them, and with whatever more is asked of its TLS. */
export function trusting(
  { deviceAuthorities, lookup, proxy }: Situation,
  options: ConnectionOptions = {},
): Connections {
  const open = new Set<Socket>()
  const track = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {}).once('close', () => open.delete(socket))
  }
  return {
    async connect(origin, protocols) {
      const { hostname, port } = new URL(origin)
      const host = hostname.replace(/^\[|\]$/g, '')
      const target = { host, port: Number(port || 443) }
      const network = lookup ? { lookup } : {}
      const way =
        proxy === undefined
          ? { ...target, ...network }
          : { host, socket: await openTunnel(parseProxy(proxy), target, { track, ...network }) }
      const socket = connect({
        ...way,
        // RFC 6066 section 3: addresses are not sent as server name.
        servername: isIP(host) ? '' : host,
        ca: [...deviceAuthorities],
        rejectUnauthorized: true,
        ALPNProtocols: [...protocols],
        ...options,
      })
      track(socket)
      await once(socket, 'secureConnect')
      return socket
    },
    async close() {
      for (const socket of open) socket.destroy()
    },
  }
}
