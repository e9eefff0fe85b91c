import type { TLSSocket } from 'node:tls'
import { admitRequest, targetOf } from './admit.ts'
import type { PinnedAgentOptions } from './agent.ts'
import { createConnections } from './connections.ts'
import { keyTrust } from './key-trust.ts'

export interface PinnedConnect {
  /**
   * A connection to that URL's host, trusted before it is handed out. Whoever speaks HTTP/2 over it asks this host only:
   * other names that the server claims (its certificate's, an ORIGIN frame's, RFC 8336) were never looked up among the
   * pins.
   * @param protocols for ALPN, the best first: `['h2', 'http/1.1']`; the socket's `alpnProtocol` says which it became
   */
  connect(url: string | URL, protocols?: readonly string[]): Promise<TLSSocket>
  /**
   * To be asked before a request is written to such a connection: its headers are the caller's.
   * @throws PinError NOT_HTTPS, HOST_NOT_PINNED, and HOST_REFUSED when a Host header says another name than the URL
   */
  admit(url: string | URL, headers?: object): void
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
    connect: async (url, protocols) =>
      await connections.connect(targetOf(new URL(url)), protocols ? { alpn: protocols } : {}),
    admit: (url, headers) => admitRequest(connections.trust, new URL(url), headers),
    close: () => connections.close(),
  }
}
