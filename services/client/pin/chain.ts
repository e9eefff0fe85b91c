import type { X509Certificate } from 'node:crypto'
import { signingLimits } from './extensions.ts'

export interface CleanChain {
  /** Leaf first; each certificate has signed the one before it. */
  readonly chain: readonly X509Certificate[]
  /** Whether it ends at a trust anchor. */
  readonly anchored: boolean
}

export interface ChainQuestion {
  /** As far as Node shows it: the leaf first, then anything, in any order. */
  readonly presented: readonly X509Certificate[]
  readonly anchors: readonly X509Certificate[]
  /** `any` leaves validity out, to tell a genuine chain that has expired from a stranger's. */
  readonly now: Date | 'any'
}

// As many signers as OkHttp follows.
const MAX_SIGNERS = 9

/**
 * The chain that really vouches for the leaf, made as OkHttp's BasicCertificateChainCleaner makes it: from the leaf up,
 * each signer found by name *and signature*, trust anchors before presented certificates, an anchor that was not sent
 * added, everything unrelated dropped. What Node calls `issuerCertificate` is no such chain: it is found by name alone,
 * and a stranger may carry any name (CVE-2016-2402, and the same in Node 20 to 26).
 */
export function cleanChain({ presented, anchors, now }: ChainQuestion): CleanChain {
  const [leaf, ...rest] = presented
  if (!leaf) return { chain: [], anchored: false }
  const chain = [leaf]
  let last = leaf
  let anchored = isAmong(anchors, leaf)
  while (chain.length <= MAX_SIGNERS && !isSelfSigned(last)) {
    const below = chain.length - 1
    const signs = (signer: X509Certificate) => hasSigned({ signer, signed: last, below, now })
    const anchor = anchors.find(signs)
    const next = anchor ?? rest.find(signs)
    if (!next) break
    anchored ||= anchor !== undefined
    chain.push(next)
    last = next
  }
  return { chain, anchored }
}

interface Link {
  readonly signer: X509Certificate
  readonly signed: X509Certificate
  /** Authorities between the signer and the leaf. */
  readonly below: number
  readonly now: Date | 'any'
}

function hasSigned({ signer, signed, below, now }: Link): boolean {
  // Cheapest first: names and key identifiers, then the CA bit, dates and limits, and the signature last.
  if (!signed.checkIssued(signer) || !signer.ca || !isInTime(signer, now)) return false
  const limits = signingLimits(signer.raw)
  if (!limits || limits.beyondUs || !limits.servesTls || limits.pathLength < below) return false
  return !hasBrokenSignature(signed) && signed.verify(signer.publicKey)
}

function isInTime(certificate: X509Certificate, now: Date | 'any'): boolean {
  if (now === 'any') return true
  return certificate.validFromDate <= now && now <= certificate.validToDate
}

// OpenSSL refuses these in the chain that it builds; `verify` alone would take them.
function hasBrokenSignature({ signatureAlgorithm = '' }: X509Certificate): boolean {
  return /md[245]|sha-?1(?!\d)/i.test(signatureAlgorithm)
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)
}

function isAmong(certificates: readonly X509Certificate[], wanted: X509Certificate): boolean {
  return certificates.some((one) => one.raw.equals(wanted.raw))
}
