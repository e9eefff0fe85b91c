import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext, type DetailedPeerCertificate, rootCertificates } from 'node:tls'
import { PinError } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { createMemo } from './memo.ts'
import { createPolicy, type PinnedHost, type Policy, type PolicyOptions, pinsFor } from './policy.ts'
import { keyMismatch } from './report.ts'
import { presentedBy, readCertificates, type Target, type Trust } from './trust.ts'

export interface KeyTrustOptions extends PolicyOptions {
  readonly pins: readonly PinnedHost[]
  /**
   * PEM certificates of the authorities to trust; the roots that Node was built with when absent. Always given to
   * OpenSSL by name, so that NODE_EXTRA_CA_CERTS and the like add nobody.
   */
  readonly ca?: readonly string[]
  /** What to do with a host that no pattern matches; OkHttp lets it pass, this library does so only when told. */
  readonly unpinnedHosts?: 'refuse' | 'allow'
  readonly now?: () => Date
}

/** Chain, validity and host name as OpenSSL and Node check them, and then a pinned key in the chain. */
export function keyTrust(options: KeyTrustOptions): Trust {
  const policy = createPolicy(options.pins, options)
  const authorities = options.ca && readCertificates(options.ca, 'ca')
  const context = createSecureContext({ ca: [...(options.ca ?? rootCertificates)], minVersion: 'TLSv1.2' })
  const matches = matcher(policy, authorities, options.now ?? (() => new Date()))
  return {
    context,
    admit(host) {
      if (pinsFor(policy, host).length > 0) return
      if (isIP(host)) throw unpinnedAddress(host)
      if (options.unpinnedHosts !== 'allow') throw unpinnedHost(host, policy)
    },
    covers: (host) => pinsFor(policy, host).length > 0,
    // A pin narrows down who may speak for a name; it does not say that this certificate is for this name (Spinner, 2017).
    identify: (target, certificate) => checkServerIdentity(target.host, certificate) ?? matches(target, certificate),
  }
}

type Matcher = (target: Target, certificate: DetailedPeerCertificate) => Error | undefined

function matcher(policy: Policy, authorities: readonly X509Certificate[] | undefined, now: () => Date): Matcher {
  const accepted = createMemo()
  // Node's own roots take milliseconds to parse, and a pinned leaf never needs them.
  let anchors = authorities
  const readAnchors = () => (anchors ??= readCertificates(rootCertificates, 'rootCertificates'))
  return (target, certificate) => {
    const prints = printsOf(certificate)
    if (accepted.holds(target.host, prints, now())) return undefined
    const presented = presentedBy(certificate)
    const verdict = evaluate(policy, { host: target.host, presented, anchors: readAnchors, now: now() })
    if (verdict.outcome === 'mismatch') {
      const pinned = verdict.pinned.map(({ pin, label }) => ({ value: pin, label }))
      return keyMismatch({ ...target, seen: verdict.seen, pinned })
    }
    if (verdict.outcome === 'match') accepted.add(target.host, prints, verdict.until)
    return undefined
  }
}

// OpenSSL computed the fingerprints, over the certificates themselves: equal ones mean an equal question.
function printsOf(certificate: DetailedPeerCertificate): string[] {
  const prints: string[] = []
  let one: DetailedPeerCertificate | undefined = certificate
  while (one?.fingerprint256 && prints.length < 12) {
    prints.push(one.fingerprint256)
    if (one.issuerCertificate === one) break
    one = one.issuerCertificate
  }
  return prints
}

function unpinnedHost(host: string, policy: Policy): PinError {
  const known = policy.entries.map(({ pattern }) => pattern.text).join(', ')
  return new PinError('HOST_NOT_PINNED', `${host} has no pins, so nothing was sent to it`, {
    details: [`pinned: ${known}`],
    hint: "pin it, or let hosts without pins pass as OkHttp does: unpinnedHosts: 'allow'",
  })
}

function unpinnedAddress(host: string): PinError {
  return new PinError('HOST_REFUSED', `${host} is an address, and pins are kept by name`, {
    hint: 'use the name, or pin this very address',
  })
}
