import { SignJWT } from 'jose/jwt/sign'
import { LabError } from '#kit/error.ts'
import type { Secret } from '#kit/secret.ts'
import type { Registry } from './registry.ts'

export interface TokenConfig {
  /** Shared with the proxy: the bytes of its text are the key, 32 or more. */
  readonly secret: Secret
  /** ms; rounded down to whole seconds, at least one */
  readonly tokenLife: number
}

export interface TokenDeps {
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
  readonly registered: Registry
}

export interface Issued {
  readonly token: string
  readonly expiresAt: Date
  /** For the log alone: the caller must not learn it. */
  readonly genuine: boolean
}

export interface Asked {
  readonly measurement: string
  /** What the token is to be bound to, its claim `pay`: for us the thumbprint of a key (RFC 7638). Nothing when absent. */
  readonly binding?: string
}

/**
 * A token for whoever asks, as Approov does: signed with the real secret for a registered app, with a key that is
 * thrown away at once for any other. The two look alike, so a tampered app cannot tell what it was given.
 */
export async function issueToken(
  { measurement, binding }: Asked,
  config: TokenConfig,
  deps: TokenDeps,
): Promise<Issued> {
  const genuine = await deps.registered.has(measurement)
  const real = keyOf(config.secret)
  const thrownAway = deps.random(real.length)
  // JWT times are whole seconds (RFC 7519 section 2).
  const issuedAt = Math.floor(deps.now().getTime() / 1000)
  const expiresAt = issuedAt + Math.max(1, Math.floor(config.tokenLife / 1000))
  const token = await new SignJWT(binding === undefined ? {} : { pay: binding })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(genuine ? real : thrownAway)
  return { token, expiresAt: new Date(expiresAt * 1000), genuine }
}

// RFC 7518 section 3.2: a key for HS256 is as long as its hash.
const SHORTEST = 32

/** @throws LabError SECRET_UNUSABLE */
export function keyOf(secret: Secret): Uint8Array {
  const key = new TextEncoder().encode(secret.reveal())
  if (key.length >= SHORTEST) return key
  const found = `it has ${key.length} bytes, and needs ${SHORTEST}`
  throw new LabError('SECRET_UNUSABLE', `the secret shared with the proxy cannot sign: ${found}`, {
    hint: 'make it again: delete its file, then npm run certs',
  })
}
