import type { Reason } from '#kit/check.ts'
import { codeOf } from '#kit/error.ts'

/** "I did not trust it", with the reason, or "it broke", which proves nothing. */
export type Failure =
  | { readonly outcome: 'refused'; readonly reason: Reason; readonly code: string; readonly message: string }
  | { readonly outcome: 'broken'; readonly code: string; readonly message: string }

/** What a program that is not ours has said, where it did not take the answer. */
export class OutsideFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * The first error along `cause` whose code says something decides; one that says nothing is never taken for a refusal.
 * Whatever was thrown: a client may throw what cannot even be looked at.
 */
export function failureOf(error: unknown): Failure {
  try {
    return decide(error)
  } catch {
    return { outcome: 'broken', code: 'CLIENT_BROKE', message: 'it threw something that cannot be looked at' }
  }
}

function decide(error: unknown): Failure {
  if (error instanceof OutsideFailure) return error.failure
  // fetch says "fetch failed" and nothing else: the first error that has a code is the one that tells.
  let telling: unknown
  for (const link of links(error)) {
    const code = codeOf(link)
    if (code === undefined) continue
    telling ??= link
    const message = messageOf(link)
    const reason = reasonFor(code, message)
    if (reason !== undefined) return { outcome: 'refused', reason, code, message }
    if (BROKEN.has(code)) return { outcome: 'broken', code, message }
  }
  return { outcome: 'broken', code: codeOf(telling) ?? 'CLIENT_BROKE', message: messageOf(telling ?? error) }
}

/** The reason that an error code stands for, or undefined when it does not mean distrust. */
export function reasonFor(code: string, message = ''): Reason | undefined {
  const known = REASONS.get(code)
  if (known) return known
  // An alert that was received is the other side's refusal, not ours.
  if (/_ALERT_/.test(code) || (code === 'EPROTO' && / alert /.test(message))) return undefined
  return code === 'EPROTO' || code.startsWith('ERR_SSL_') ? 'protocol' : undefined
}

// Node's names for the results of OpenSSL's X509_verify_cert: https://nodejs.org/api/tls.html#x509-certificate-error-codes
const CODES: Readonly<Partial<Record<Reason, readonly string[]>>> = {
  pin: ['PIN_MISMATCH'],
  hostname: ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_FORMAT', 'HOSTNAME_MISMATCH'],
  validity: [
    'CERT_NOT_YET_VALID',
    'CERT_HAS_EXPIRED',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
  ],
  chain: [
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_GET_CRL',
    'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
    'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
    'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_SIGNATURE_FAILURE',
    'CRL_SIGNATURE_FAILURE',
    'CRL_NOT_YET_VALID',
    'CRL_HAS_EXPIRED',
    'ERROR_IN_CRL_LAST_UPDATE_FIELD',
    'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_CHAIN_TOO_LONG',
    'CERT_REVOKED',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'INVALID_PURPOSE',
    'CERT_UNTRUSTED',
    'CERT_REJECTED',
    'UNSPECIFIED',
  ],
  policy: [
    'CLIENT_OFF_ORIGIN',
    'CLIENT_HTTPS_ONLY',
    'HOST_NOT_PINNED',
    'HOST_REFUSED',
    'NOT_HTTPS',
    'REDIRECT_REFUSED',
    'TLS_CHECKS_DISABLED',
  ],
}

const REASONS: ReadonlyMap<string, Reason> = new Map(
  // The keys of a literal that is typed by Reason.
  (Object.keys(CODES) as Reason[]).flatMap((reason) => (CODES[reason] ?? []).map((code) => [code, reason] as const)),
)

// Also what lies around an error that would decide: a token that could not be had says nothing about the API, and a client
// whose own pins are wrong has refused nobody.
const BROKEN: ReadonlySet<string> = new Set([
  'CLIENT_CRASHED',
  'CLIENT_UNATTESTED',
  'CLIENT_TIMED_OUT',
  'CLIENT_INTERRUPTED',
  'PIN_INVALID',
  'PATTERN_INVALID',
  'POLICY_INVALID',
  'CERTIFICATE_INVALID',
  'OPTION_REFUSED',
  'PROXY_INVALID',
  'PROXY_REFUSED',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'OUT_OF_MEM',
  'ERR_PROXY_TUNNEL',
])

function* links(error: unknown): Generator<unknown> {
  let link: unknown = error
  // Bounded: a cause may lead back to itself.
  for (let depth = 0; depth < 10 && link !== undefined && link !== null; depth++) {
    yield link
    link = typeof link === 'object' && 'cause' in link ? link.cause : undefined
  }
}

function messageOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
}
