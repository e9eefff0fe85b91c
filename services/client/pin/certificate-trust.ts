import type { X509Certificate } from 'node:crypto'
import { checkServerIdentity, createSecureContext, type DetailedPeerCertificate } from 'node:tls'
import { cleanChain } from './chain.ts'
import { PinError, type PinMismatchError } from './errors.ts'
import { certificateMismatch, seenOf } from './report.ts'
import { presentedBy, readCertificates, type Target, type Trust } from './trust.ts'

export interface CertificateTrustOptions {
  /** PEM certificates: the server's own (self-signed or not), or the authority that signs for it. */
  readonly certificates: readonly string[]
  /**
   * Whether the name in the certificate must be the host asked for. Without that check only the very certificates given
   * are accepted: an authority that signs for others too would let each of them answer as this host.
   */
  readonly hostname: 'checked' | 'ignored-by-choice'
}

/** A trust store that holds the pinned certificates and nothing else: OpenSSL itself refuses all others. */
export function certificateTrust(options: CertificateTrustOptions): Trust {
  const pinned = readCertificates(options.certificates, 'certificates')
  if (pinned.length === 0) throw new PinError('CERTIFICATE_INVALID', 'there is no certificate to pin')
  const named = options.hostname === 'checked'
  const mismatch = (target: Target, seen: DetailedPeerCertificate | undefined, cause?: unknown): PinMismatchError =>
    certificateMismatch({ ...target, seen: seenBy(seen), pinned: pinned.map(pinnedOf) }, cause)
  return {
    context: createSecureContext({
      ca: pinned.map(String),
      // Lets a certificate be a trust anchor that has not signed itself; the chain up to it is checked all the same.
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
    }),
    admit() {},
    covers: () => true,
    identify(target, certificate) {
      if (named) return checkServerIdentity(target.host, certificate)
      return isOneOf(pinned, certificate.raw) ? undefined : mismatch(target, certificate)
    },
    explain(error, target, seen) {
      if (!isChainFailure(error)) return error
      // OpenSSL goes on after a failure and keeps the last one, so that "expired" can hide "never heard of". It is told
      // as it is only where the certificate is a pinned one, or would be vouched for by one if it were in time.
      if (isValidityFailure(error) && seen && isPinnedOnceTimeIsForgotten(pinned, seen)) return error
      return mismatch(target, seen, error)
    },
  }
}

// X509_V_ERR_… as Node names them; ERR_… and E… are Node's and the system's own.
function isChainFailure(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' && CHAIN_FAILURES.has(error.code)
}

function isValidityFailure(error: Error & { code?: unknown }): boolean {
  return error.code === 'CERT_HAS_EXPIRED' || error.code === 'CERT_NOT_YET_VALID'
}

const CHAIN_FAILURES: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNSPECIFIED',
])

function isPinnedOnceTimeIsForgotten(pinned: readonly X509Certificate[], seen: DetailedPeerCertificate): boolean {
  const presented = presentedBy(seen)
  return cleanChain({ presented, anchors: pinned, now: 'any' }).anchored
}

function isOneOf(pinned: readonly X509Certificate[], raw: Buffer | undefined): boolean {
  return raw !== undefined && pinned.some((one) => one.raw.equals(raw))
}

function seenBy(seen: DetailedPeerCertificate | undefined) {
  return seen ? presentedBy(seen).slice(0, 1).map(seenOf) : []
}

function pinnedOf(certificate: X509Certificate, index: number) {
  return { value: certificate.fingerprint256, label: index === 0 ? 'current' : 'backup' }
}
