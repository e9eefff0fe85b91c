import { checkServerIdentity, TLSSocket } from 'node:tls'
import got from 'got'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { type Carrier, carry } from '../one-session.ts'
import { addressAt, openAt } from '../open.ts'
import { trusting } from '../trusting.ts'

export default {
  title: 'Pins the API’s key on each connection to it, and asks over any HTTP/2 session whose server says it may.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests', 'http2'],
  open: (situation) => {
    const pinned = checkPins(pinsOfKeys(situation))
    const { hostname: api } = new URL(situation.origin)
    const connections = trusting(situation, {
      checkServerIdentity: (host, certificate) =>
        host === api ? pinned(host, certificate) : checkServerIdentity(host, certificate),
    })
    const pool: Pooled[] = []
    const ask = async (address: URL, headers: Readonly<Record<string, string>>) => {
      const known = pool.findLast((one) => one.carrier.usable() && answersFor(address, one))
      const carrier = known?.carrier ?? (await carry(address.origin, connections))
      if (!known) pool.push({ origin: address.origin, carrier })
      const over = got.extend(carrier.options, { timeout: { request: situation.timeout } })
      return await openAt(address.origin, { got: over, close: connections.close }).get(address.href, headers)
    }
    return {
      get: async (path, headers) => ask(addressAt(situation.origin, path), headers),
      glance: async (address) => ask(addressAt(new URL(address).origin, address), {}),
      close: () => connections.close(),
    }
  },
  mistake: {
    belief: 'A server whose certificate names a host, and that says it answers for it, is that host.',
    source: 'https://github.com/szmarczak/http2-wrapper/pull/20; RFC 8336 section 2.4, which lets clients skip DNS too',
    fix: 'Ask the pins before a session is used for another host, as OkHttp does, or coalesce nothing.',
    falls: { 'h2-origin-coalesce': 'intercepted' },
  },
} satisfies Client

interface Pooled {
  readonly origin: string
  readonly carrier: Carrier
}

/** As RFC 9113 section 9.1.1 and RFC 8336 have it: the server says so, and its certificate names the host. */
function answersFor({ origin, hostname }: URL, pooled: Pooled): boolean {
  if (pooled.origin === origin) return true
  const session = pooled.carrier.options.h2session
  if (!session?.originSet?.includes(origin) || !(session.socket instanceof TLSSocket)) return false
  return checkServerIdentity(hostname, session.socket.getPeerCertificate()) === undefined
}
