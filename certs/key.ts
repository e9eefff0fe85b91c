import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** P-256 by default: an RSA-4096 handshake, as in the article, costs a server about seven times as much. */
export const KEY_TYPES = ['ec-p256', 'rsa-2048', 'rsa-4096', 'ed25519'] as const
export type KeyType = (typeof KEY_TYPES)[number]

const generate = promisify(generateKeyPair)

/** A fresh private key, PKCS#8 PEM. */
export async function newKey(type: KeyType = 'ec-p256'): Promise<string> {
  return pkcs8((await generatePair(type)).privateKey)
}

/** RSA of 1024 bits, which nobody may use any more (NIST SP 800-131A). PKCS#8 PEM. */
export async function newWeakKey(): Promise<string> {
  return pkcs8((await generate('rsa', { modulusLength: 1024 })).privateKey)
}

/** The one form in which the lab keeps a private key, whatever form it came in. */
export function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function generatePair(type: KeyType): Promise<{ privateKey: KeyObject }> {
  if (type === 'rsa-2048') return generate('rsa', { modulusLength: 2048 })
  if (type === 'rsa-4096') return generate('rsa', { modulusLength: 4096 })
  if (type === 'ed25519') return generate('ed25519')
  return generate('ec', { namedCurve: 'P-256' })
}

/** SubjectPublicKeyInfo, DER: what a pin is the hash of (RFC 7469 section 2.4). */
export function spkiOf(privateKey: string): Buffer {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' })
}

/** `sha256/…` of a private key's public half. */
export function pinOfKey(privateKey: string): string {
  return pinOfSpki(spkiOf(privateKey))
}

export function pinOfSpki(spki: Buffer): string {
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

/** The kind of a key, so that its successor is of the same kind; the nearest one for a kind that the lab does not make. */
export function keyTypeOf(privateKey: string): KeyType {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(privateKey)
  if (asymmetricKeyType === 'ed25519') return 'ed25519'
  if (asymmetricKeyType !== 'rsa') return 'ec-p256'
  return (asymmetricKeyDetails?.modulusLength ?? 0) > 2048 ? 'rsa-4096' : 'rsa-2048'
}
