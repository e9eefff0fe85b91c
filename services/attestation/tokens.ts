import { SignJWT } from 'jose'
import type { Secret } from '#kit/secret.ts'
import type { Registry } from './registry.ts'

export interface TokenConfig {
  /** Shared with the proxy: the UTF-8 bytes of its text are the key. */
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

/**
 * A token for whoever asks, as Approov does: signed with the real secret for a registered app, with a key that is
 * thrown away at once for any other. The two look alike, so a tampered app cannot tell what it was given.
 */
export async function issueToken(measurement: string, config: TokenConfig, deps: TokenDeps): Promise<Issued> {
  const genuine = await deps.registered.has(measurement)
  const real = new TextEncoder().encode(config.secret.reveal())
  const thrownAway = deps.random(real.length)
  // JWT times are whole seconds (RFC 7519 section 2).
  const issuedAt = Math.floor(deps.now().getTime() / 1000)
  const expiresAt = issuedAt + Math.max(1, Math.floor(config.tokenLife / 1000))
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(genuine ? real : thrownAway)
  return { token, expiresAt: new Date(expiresAt * 1000), genuine }
}
