import { createHash, X509Certificate } from 'node:crypto'
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls'
import type { Shipped } from './client.ts'

/*
 * What whoever pins by hand needs, and gets right: a pin, the pins that were shipped, a chain as Node tells it, an
 * error. The naive clients share it so that each file shows its mistake and nothing else.
 */

/** `sha256/…` over the SubjectPublicKeyInfo. */
export function pinOf(certificate: X509Certificate | PeerCertificate): string {
  const { publicKey } = certificate instanceof X509Certificate ? certificate : new X509Certificate(certificate.raw)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

/** The pins of the API's own keys, in one list. */
export function keyPins({ pins }: Shipped): string[] {
  return pins.flatMap((entry) => entry.pins)
}

/** The pins of the authorities that sign for the API. */
export function authorityPins({ pins }: Shipped): string[] {
  return pins.flatMap(({ authorities = [] }) => authorities)
}

/** The leaf, and above it what Node calls `issuerCertificate`, as far as that leads. */
export function issuersOf(leaf: PeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  // In checkServerIdentity Node gives the detailed form, whatever the type says.
  let one: DetailedPeerCertificate | undefined = leaf as DetailedPeerCertificate
  while (one?.raw && chain.length < 10) {
    chain.push(new X509Certificate(one.raw))
    // A root is its own issuer.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate
  }
  return chain
}

/** The check as it should be: the name as Node compares it, then the pin, and what is wrong is returned. */
export function checkPins(pins: readonly string[]): typeof checkServerIdentity {
  return (host, certificate) => {
    const pin = pinOf(certificate)
    return checkServerIdentity(host, certificate) ?? (pins.includes(pin) ? undefined : pinMismatch(pin))
  }
}

/** What a refusal by a pin is called in reports. */
export function pinMismatch(seen: string): Error {
  return Object.assign(new Error(`the server's certificate is not the pinned one: ${seen}`), { code: 'PIN_MISMATCH' })
}
