import type { TLSSocket } from 'node:tls'
import type { PinnedAgentOptions } from './agent.ts'
import { createConnections } from './connections.ts'
import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'
import { keyTrust } from './key-trust.ts'

export interface PinnedConnect {
  /**
   * A connection to that URL's host, trusted before it is handed out. Whoever speaks HTTP/2 over it asks this host only:
   * other names that the server claims (its certificate's, an ORIGIN frame's, RFC 8336) were never looked up among the
   * pins.
   * @param protocols for ALPN, the best first: `['h2', 'http/1.1']`; the socket's `alpnProtocol` says which it became
   */
  connect(url: string | URL, protocols?: readonly string[]): Promise<TLSSocket>
  /** Ends every connection, open or on its way. None is made afterwards. */
  close(): Promise<void>
}

/**
 * Pinned connections for whatever speaks over a socket of its caller's, as node:http2 does.
 * @throws PinError POLICY_INVALID, CERTIFICATE_INVALID, PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED
 */
export function pinnedConnect(options: PinnedAgentOptions): PinnedConnect {
  const connections = createConnections(keyTrust(options), options)
  return {
    async connect(url, protocols) {
      const { protocol, host, hostname, port } = new URL(url)
      if (protocol !== 'https:') throw notHttps(`${protocol}//${host}`)
      const target = { host: canonicalHost(hostname), port: Number(port || 443) }
      return await connections.connect(target, protocols ? { alpn: protocols } : {})
    },
    close: () => connections.close(),
  }
}

/** @param what `http://api.test:8080` */
export function notHttps(what: string): PinError {
  return new PinError('NOT_HTTPS', `${what} has no certificate to pin`, { hint: 'use https://' })
}
