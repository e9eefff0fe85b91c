import { type ChainLink, type SentCertificate, shortName, validityOf } from './chain.ts'
import { wrap } from './wrap.ts'

export interface DrawOptions {
  /** `sha256/…` */
  readonly pins: readonly string[]
  /** Fingerprints of what the device trusts for the attacker's sake. */
  readonly trusted: readonly string[]
  /** ISO 8601 */
  readonly at: string
  readonly width: number
}

/** The certificates in the order in which they are sent, each below the one that names it as its issuer. */
export function drawChain(chain: readonly ChainLink[], options: DrawOptions): string[] {
  let depth = 0
  return chain.flatMap((one, position) => {
    const below = chain[position - 1]
    depth = below && isNamedBy(below, one) ? depth + 1 : 0
    const branch = depth > 0 ? `${'   '.repeat(depth - 1)}└─ ` : ''
    const rest = ' '.repeat(branch.length + 2)
    return wrap(inWords(one, { ...options, chain }), options.width, { first: branch, rest })
  })
}

function isNamedBy(below: ChainLink, one: ChainLink): boolean {
  return !('unreadable' in below) && !('unreadable' in one) && !below.selfSigned && below.issuer === one.subject
}

function inWords(one: ChainLink, options: DrawOptions & { readonly chain: readonly ChainLink[] }): string {
  if ('unreadable' in one) return `bytes that are not readable as a certificate (${one.unreadable})`
  const { pins, trusted, at, chain } = options
  const validity = validityOf(one, at)
  const below = chain[one.position - 1]
  const facts = [
    ...(one.position === 0 ? [`for ${one.names.map(bare).join(', ') || 'no name'}`] : []),
    ...(validity.startsWith('until') ? [] : [validity]),
    ...(below && isNamedBy(below, one) && !hasSigned(one, below, chain) ? ['did not sign the one above'] : []),
    ...(trusted.includes(one.fingerprint) ? ['the device trusts it'] : []),
  ]
  const pinned = one.pin !== undefined && pins.includes(one.pin) ? ' ← the pinned key' : ''
  return `${one.subject || shortName(one.subject)}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}${pinned}`
}

/** By its key: the same authority may be sent in two certificates. */
function hasSigned({ pin }: SentCertificate, below: ChainLink, chain: readonly ChainLink[]): boolean {
  const signer = 'unreadable' in below ? undefined : chain[below.signer ?? -1]
  return signer !== undefined && !('unreadable' in signer) && signer.pin === pin
}

function bare(name: string): string {
  return name.replace(/^(DNS|IP Address):/, '')
}
