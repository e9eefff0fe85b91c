import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isSelfIssued } from './authority.ts'
import { type Credentials, certificatesOf, keyMatches, leafOf, namesOf } from './credentials.ts'

/** Marks what the lab made, so that it never renews a certificate that somebody brought along. */
export const ORGANISATION = 'Pinning Lab'

/** A pair as it was found: whole, half, damaged or not there at all. */
export interface FoundPair {
  readonly key?: string
  readonly chain?: string
}

export interface WantedPair {
  readonly now: Date
  readonly names?: readonly string[]
  /** Somebody's own pair is kept even when it is past its dates or lacks a name: it is not the lab's to renew. */
  readonly mayBeProvided?: boolean
  /** The authority that must have signed it; itself when absent. */
  readonly signedBy?: Credentials
  /** Issues it: with the given key, or with a fresh one. */
  readonly make: (key?: string) => Promise<Credentials>
}

export interface Completed {
  readonly credentials: Credentials
  readonly did: 'kept' | 'made' | 'renewed' | 'provided'
  /** What was wrong with the one that was found. */
  readonly why?: string
}

/**
 * The found pair when it can be used, else a new one: with the found key wherever that can be read, so that pins go on
 * matching.
 */
export async function completePair(found: FoundPair, wanted: WantedPair): Promise<Completed> {
  const { key, chain } = found
  if (key === undefined && chain === undefined) return { credentials: await wanted.make(), did: 'made' }
  const broken = brokenness(found)
  if (broken === undefined && key !== undefined && chain !== undefined) {
    const stale = staleness(chain, wanted)
    const credentials = { key, chain }
    if (stale === undefined) return { credentials, did: 'kept' }
    if (wanted.mayBeProvided && !isLabMade(chain)) return { credentials, did: 'kept', ...outdated(chain, wanted.now) }
    return { credentials: await wanted.make(key), did: 'renewed', why: `${stale}; the key was kept` }
  }
  const usable = key !== undefined && isPrivateKey(key)
  const why = `${broken}; ${usable ? 'the key was kept' : 'it has a new key'}`
  return { credentials: await wanted.make(usable ? key : undefined), did: 'renewed', why }
}

/** Whether the lab made the certificate, or somebody brought it along. */
export function isLabMade(chain: string): boolean {
  return new X509Certificate(leafOf(chain)).subject.split('\n').includes(`O=${ORGANISATION}`)
}

export function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private'
  } catch {
    return false
  }
}

function brokenness({ key, chain }: FoundPair): string | undefined {
  if (chain === undefined) return 'its certificate was missing'
  if (key === undefined) return 'its key was missing'
  if (!isPrivateKey(key)) return 'its key could not be read'
  try {
    return keyMatches({ key, chain }) ? undefined : 'key and certificate did not belong together'
  } catch {
    return 'its certificate could not be read'
  }
}

function outdated(chain: string, now: Date): { why?: string } {
  const why = datesWrong(new X509Certificate(leafOf(chain)), now)
  return why === undefined ? {} : { why: `${why}, but it was provided: provide a fresh one` }
}

function staleness(chain: string, { now, signedBy, names = [] }: WantedPair): string | undefined {
  const certificate = new X509Certificate(leafOf(chain))
  const dates = datesWrong(certificate, now)
  if (dates !== undefined) return dates
  const lacking = names.find((name) => !namesOf(chain).includes(name))
  if (lacking !== undefined) return `it lacked the name ${lacking}`
  if (signedBy && !isSignedBy(chain, signedBy)) return 'its authority has changed'
  return undefined
}

function datesWrong({ validFromDate, validToDate }: X509Certificate, now: Date): string | undefined {
  const day = (date: Date) => date.toISOString().slice(0, 10)
  if (validToDate <= now) return `it expired on ${day(validToDate)}`
  return validFromDate > now ? `it is not valid before ${day(validFromDate)}` : undefined
}

function isSignedBy(chain: string, authority: Credentials): boolean {
  const [leaf = '', ...rest] = certificatesOf(chain)
  const signer = new X509Certificate(leafOf(authority.chain))
  const issuers = certificatesOf(authority.chain).filter((pem) => !isSelfIssued(pem))
  return new X509Certificate(leaf).verify(signer.publicKey) && rest.join('') === issuers.join('')
}
