import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import { type Pin, pinOfHash } from './pin.ts'

/** The pin of a certificate's public key; equal for every certificate over the same key. */
export function pinOf(certificate: X509Certificate): Pin {
  return pinOfKey(certificate.publicKey)
}

/**
 * @param key a public key
 *
 * The hash is over the SubjectPublicKeyInfo. `getPeerCertificate().pubkey`, which Node's own pinning example hashes, is
 * one for RSA keys only: for EC keys it is the bare point, and its hash is no pin that any other tool would print.
 */
export function pinOfKey(key: KeyObject): Pin {
  return pinOfHash(
    createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest(),
  )
}
