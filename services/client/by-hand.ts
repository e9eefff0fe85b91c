import { createHash, X509Certificate } from 'node:crypto'
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls'
import type { Situation } from './client.ts'

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

/** Whether a key is one that was shipped for the host that is asked. A host without pins is not pinned, as in OkHttp. */
export function pinsOfKeys({ origin, shipped }: Pick<Situation, 'origin' | 'shipped'>): (pin: string) => boolean {
  const host = new URL(origin).hostname.replace(/\.$/, '')
  const pins = shipped.pins.filter((entry) => entry.host === host).flatMap((entry) => entry.pins)
  return (pin) => pins.length === 0 || pins.includes(pin)
}

/** Whether a key is that of an authority which signs for the API. */
export function pinsOfAuthorities({ shipped }: Pick<Situation, 'shipped'>): (pin: string) => boolean {
  const pins = shipped.pins.flatMap(({ authorities = [] }) => authorities)
  return (pin) => pins.includes(pin)
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
export function checkPins(isPinned: (pin: string) => boolean): typeof checkServerIdentity {
  return (host, certificate) => {
    const pin = pinOf(certificate)
    return checkServerIdentity(host, certificate) ?? (isPinned(pin) ? undefined : pinMismatch(pin))
  }
}

/** The same for the app's own host; of any other the name is enough. */
export function checkPinsOfOwnHost(situation: Situation): typeof checkServerIdentity {
  const own = new URL(situation.origin).hostname.replace(/\.$/, '')
  const pinned = checkPins(pinsOfKeys(situation))
  return (host, certificate) =>
    (host.replace(/\.$/, '').toLowerCase() === own ? pinned : checkServerIdentity)(host, certificate)
}

/** What a refusal by a pin is called in reports. */
export function pinMismatch(seen: string): Error {
  return Object.assign(new Error(`the server's certificate is not the pinned one: ${seen}`), { code: 'PIN_MISMATCH' })
}
