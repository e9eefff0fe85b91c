import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { SignJWT } from 'jose/jwt/sign'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'

export interface ProvenRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly token: string
}

/** A key that never leaves this installation. A phone would keep it in hardware. */
export interface InstallationKey {
  /** RFC 7638; what a token is bound to. */
  readonly thumbprint: Promise<string>
  /** A proof of possession for one request (RFC 9449), whose `htu` is the request's target. */
  prove(request: ProvenRequest): Promise<string>
}

export function createInstallationKey(now: () => Date): InstallationKey {
  const pair = generateKeyPair('ES256')
  const jwk = pair.then(({ publicKey }) => exportJWK(publicKey))
  const thumbprint = jwk.then((key) => calculateJwkThumbprint(key))
  // Whoever asks for it is told.
  thumbprint.catch(() => {})
  return {
    thumbprint,
    prove: async ({ method, target, token }) => {
      const ath = createHash('sha256').update(token).digest('base64url')
      return new SignJWT({ htm: method, htu: target, ath })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await jwk })
        .setIssuedAt(now())
        .setJti(randomUUID())
        .sign((await pair).privateKey)
    },
  }
}
