import { createSecretKey } from 'node:crypto'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import type { Middleware, ParameterizedContext } from 'koa'
import type { Log } from '#kit/log.ts'
import type { Secret } from '#kit/secret.ts'
import { createProofCheck } from './binding.ts'
import { failure } from './failures.ts'
import type { Attestation, ProxyState } from './state.ts'

export interface AttestationRules {
  /** Shared with the attestation service: the UTF-8 bytes of its text are the key. */
  readonly secret: Secret
  /** Whether a failing attestation is turned away, or only logged. */
  readonly enforce: boolean
  /** Whether a token counts only with a proof by the key that it is bound to; not when absent. */
  readonly binding?: boolean
  readonly now: () => Date
  readonly log: Log
}

/** The `approov-token` header decides: on failure the request goes on with a line in the log, or ends with 401. */
export function attestation(rules: AttestationRules): Middleware<ProxyState> {
  const check = createTokenCheck(rules.secret, rules.now)
  const prove = rules.binding ? createProofCheck(rules.now) : undefined
  const outcomeOf = async (ctx: ParameterizedContext<ProxyState>): Promise<Attestation> => {
    const token = ctx.get('approov-token')
    const { outcome, pay } = await check(token)
    if (outcome !== 'ok' || !prove) return outcome
    return prove(ctx.get('approov-proof'), { token, pay, method: ctx.method, target: ctx.req.url ?? '' })
  }
  return async (ctx, next) => {
    const outcome = await outcomeOf(ctx)
    ctx.state.attestation = outcome
    if (outcome !== 'ok') {
      rules.log.warn({ id: ctx.state.id, attestation: outcome, enforce: rules.enforce }, 'attestation failed')
      if (rules.enforce) throw failure('ATTESTATION_FAILED', sentenceFor(outcome))
    }
    await next()
  }
}

// The app can read as much from its own token. Which other check failed is for the log alone: it would tell a forger how far he got.
function sentenceFor(outcome: Attestation): string {
  if (outcome === 'missing') return 'this API answers attested apps only: the header approov-token is missing'
  if (outcome === 'expired') return 'the attestation token has expired: fetch a new one and ask again'
  return 'the attestation token is not valid'
}

/** s by which clocks may differ */
const TOLERANCE = 5
/** Tokens that are known to be good; the oldest goes first. */
const MOST_KNOWN = 10_000
/** What is longer is checked each time. */
const LONGEST_KNOWN = 2_048

interface Known {
  /** Seconds since 1970. */
  readonly expires: number
  /** What it is bound to. */
  readonly pay: unknown
}

export interface Checked {
  readonly outcome: Attestation
  readonly pay?: unknown
}

/**
 * One that was good is good until it expires: its signature is checked once. What was not is never remembered.
 * @returns the check; it never throws
 */
export function createTokenCheck(secret: Secret, now: () => Date): (token: string) => Promise<Checked> {
  const key = createSecretKey(secret.reveal(), 'utf8')
  const known = new Map<string, Known>()
  return async (token) => {
    if (token === '') return { outcome: 'missing' }
    const currentDate = now()
    const good = known.get(token)
    if (good) {
      if (Math.floor(currentDate.getTime() / 1000) - TOLERANCE < good.expires) return { outcome: 'ok', pay: good.pay }
      known.delete(token)
    }
    try {
      const { payload } = await jwtVerify(token, key, {
        // Fixed, so that the token's own header has no say in how it is checked (RFC 8725 section 3.1).
        algorithms: ['HS256'],
        requiredClaims: ['exp'],
        clockTolerance: TOLERANCE,
        currentDate,
      })
      const { exp, nbf, pay } = payload
      if (!isSpelledAsIssued(token) || ![exp, nbf].every(isDate)) return { outcome: 'malformed' }
      if (exp !== undefined && token.length <= LONGEST_KNOWN) remember(known, token, { expires: exp, pay })
      return { outcome: 'ok', pay }
    } catch (error) {
      return { outcome: reasonFor(error) }
    }
  }
}

/**
 * Header and claims are signed as they are spelled, the signature itself is not: a decoder that passes over white space, padding
 * and the last letter's unused bits, as jose's does, would take many spellings for one token (RFC 4648 section 3.5).
 */
function isSpelledAsIssued(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

/** JSON knows numbers that are later than any date: 1e400 is read as Infinity, and would never expire. */
function isDate(seconds: number | undefined): boolean {
  return seconds === undefined || Number.isFinite(new Date(seconds * 1000).getTime())
}

function remember(known: Map<string, Known>, token: string, good: Known): void {
  known.set(token, good)
  const [oldest] = known.keys()
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
}

function reasonFor(error: unknown): Attestation {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'wrong-algorithm'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'exp' && error.reason === 'missing') return 'no-expiry'
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'not-yet-valid'
  }
  return 'malformed'
}
