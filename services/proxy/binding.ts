import { createHash } from 'node:crypto'
import { EmbeddedJWK } from 'jose/jwk/embedded'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { jwtVerify } from 'jose/jwt/verify'

/** What a proof must be about. */
export interface Proven {
  /** The attestation token that came along, and what it is bound to: its claim `pay`. */
  readonly token: string
  readonly pay: unknown
  readonly method: string
  /** The request's target, as it came: path and query. */
  readonly target: string
}

export type ProofOutcome = 'ok' | 'unbound' | 'no-proof' | 'bad-proof' | 'proof-used'

/** s for which a proof is good, and for which it is remembered that it has been used */
const LIFE = 60
const TOLERANCE = 5
/** Proofs that are remembered; the oldest goes first. */
const MOST_USED = 100_000

/**
 * A bound token is good only with a proof by the key that it is bound to, for one request and once: a JWT as RFC 9449 has it
 * (DPoP), whose `htu` is the request's target, for a client may know this host by several names. Who has stolen both
 * can send neither again.
 */
export function createProofCheck(now: () => Date): (proof: string, of: Proven) => Promise<ProofOutcome> {
  const used = new Map<string, number>()
  return async (proof, { token, pay, method, target }) => {
    if (typeof pay !== 'string') return 'unbound'
    if (proof === '') return 'no-proof'
    const currentDate = now()
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        ...{ typ: 'dpop+jwt', algorithms: ['ES256'], requiredClaims: ['iat', 'jti', 'htm', 'htu', 'ath'] },
        ...{ maxTokenAge: LIFE, clockTolerance: TOLERANCE, currentDate },
      })
      const { htm, htu, ath, jti = '' } = payload
      const isOurs = protectedHeader.jwk && (await calculateJwkThumbprint(protectedHeader.jwk)) === pay
      if (!isOurs || htm !== method || htu !== target || ath !== hashOf(token)) return 'bad-proof'
      return use(used, `${pay} ${jti}`, currentDate.getTime()) ? 'ok' : 'proof-used'
    } catch {
      return 'bad-proof'
    }
  }
}

/** RFC 9449 section 4.2 */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** @returns false when it has been used before */
function use(used: Map<string, number>, name: string, now: number): boolean {
  if (used.has(name)) return false
  used.set(name, now)
  // In the order in which they came, so that the first that is too young to forget is the last to look at.
  for (const [oldest, at] of used) {
    if (used.size <= MOST_USED && now - at <= (LIFE + 2 * TOLERANCE) * 1000) break
    used.delete(oldest)
  }
  return true
}
