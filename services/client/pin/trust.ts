import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, SecureContext } from 'node:tls'
import { PinError } from './errors.ts'

/** Whom an agent believes: asked before a connection, during its handshake, and after one that failed. */
export interface Trust {
  readonly context: SecureContext
  /** @throws PinError when the host may not be visited at all */
  admit(host: string): void
  /** Whether a redirect may lead to the host. */
  covers(host: string): boolean
  /** What is wrong with the peer; undefined when nothing is. Returned, never thrown: see guardIdentity. */
  identify(target: Target, certificate: DetailedPeerCertificate): Error | undefined
  /** The error to give for a handshake that OpenSSL refused; as it is when absent. */
  readonly explain?: (error: Error, target: Target, seen: DetailedPeerCertificate | undefined) => Error
}

export interface Target {
  /** Canonical. */
  readonly host: string
  readonly port: number
}

/**
 * What Node found for the leaf, leaf first. It walks the presented certificates and the trust store by name, without
 * looking at signatures, so this list is a set of candidates and no chain.
 */
export function presentedBy(certificate: DetailedPeerCertificate): X509Certificate[] {
  const found = new Map<string, X509Certificate>()
  // The last one is its own issuer, or has none.
  for (let one: DetailedPeerCertificate | undefined = certificate; one?.raw; one = one.issuerCertificate) {
    if (found.has(one.fingerprint256)) break
    found.set(one.fingerprint256, new X509Certificate(one.raw))
  }
  return [...found.values()]
}

/** @throws PinError CERTIFICATE_INVALID when a text is not at least one PEM certificate */
export function readCertificates(pems: readonly string[], what: string): X509Certificate[] {
  return pems.flatMap((pem, index) => {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
    try {
      if (!blocks) throw new Error('there is no PEM certificate in it')
      return blocks.map((block) => new X509Certificate(block))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new PinError('CERTIFICATE_INVALID', `${what}[${index}] is not a certificate: ${why}`, {
        cause: error,
        hint: 'give PEM text, not a path and not DER: -----BEGIN CERTIFICATE----- …',
      })
    }
  })
}
