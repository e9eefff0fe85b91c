import { PinError } from './errors.ts'

declare const parsed: unique symbol

/** `sha256/` and the base64 of 32 bytes: a SHA-256 over a SubjectPublicKeyInfo (RFC 7469 section 2.4). Only parsePin makes one. */
export type Pin = `sha256/${string}` & { readonly [parsed]: true }

const PREFIX = 'sha256/'
const BYTES = 32

/**
 * Reads a pin as OkHttp writes it, base64url and missing padding included, and gives the one canonical spelling.
 * OkHttp also takes `sha1/…` and hashes of any length; both are refused here: SHA-1 is broken, and a hash of another
 * length can never match, so that it would lock everybody out on the day the other pin retires.
 * @throws PinError PIN_INVALID
 */
export function parsePin(text: string): Pin {
  if (text.startsWith('sha1/')) throw invalid(text, 'SHA-1 pins are not accepted')
  if (!text.startsWith(PREFIX)) throw invalid(text, "a pin starts with 'sha256/'")
  const body = text.slice(PREFIX.length)
  // A hash may begin with a slash of its own; one character too many is curl's `sha256//`.
  if (/^\/.{43}=?$/.test(body) && body.length > 44) throw invalid(text, "curl's spelling: write one slash after sha256")
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) throw invalid(text, 'what follows sha256/ is not base64')
  const hash = Buffer.from(body, 'base64')
  if (hash.length !== BYTES || Buffer.byteLength(body.replace(/=+$/, '')) !== 43) {
    throw invalid(text, `a SHA-256 hash has ${BYTES} bytes, this one has ${hash.length}`)
  }
  return pinOfHash(hash)
}

/** @param hash 32 bytes, as a hash function gives them */
export function pinOfHash(hash: Buffer): Pin {
  // The brand says "went through here"; this is the only place that puts it on.
  return `${PREFIX}${hash.toString('base64')}` as Pin
}

function invalid(text: string, why: string): PinError {
  return new PinError('PIN_INVALID', `'${text}' is not a pin: ${why}`, {
    hint: 'print the pins of a server or a PEM file: npm run pin -- <host | file.pem>',
  })
}
