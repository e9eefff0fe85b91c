import { createHash } from 'node:crypto'
import { type NamedAuthority, TRUST_STORE_PASSWORD } from './authorities.ts'

/**
 * A Java trust store of the old kind, as sun.security.provider.JavaKeyStore documents it.
 *
 * The digest is SHA-1 because the format has no other; it is no secret that it guards.
 */
export function jksTrustStore(authorities: readonly NamedAuthority[]): Buffer {
  const store = Buffer.concat([uint32(MAGIC), uint32(VERSION), uint32(authorities.length), ...authorities.map(entryOf)])
  const digest = createHash('sha1')
    .update(Buffer.from(TRUST_STORE_PASSWORD, 'utf16le').swap16())
    .update(WHITENER)
    .update(store)
    .digest()
  return Buffer.concat([store, digest])
}

const MAGIC = 0xfeedfeed
const VERSION = 2
const TRUSTED_CERTIFICATE = 2
/** Java's own joke; without it no store is valid. */
const WHITENER = 'Mighty Aphrodite'

function entryOf({ alias, certificate }: NamedAuthority): Buffer {
  const { raw, validFrom } = certificate
  return Buffer.concat([
    uint32(TRUSTED_CERTIFICATE),
    text(alias),
    // When it was put in: the same authorities give the same file if that is said of them.
    int64(Date.parse(validFrom)),
    text('X.509'),
    uint32(raw.length),
    raw,
  ])
}

/** Java's writeUTF; the same as UTF-8 for what is written here. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** @param ms since 1970 */
function int64(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(ms))
  return bytes
}
