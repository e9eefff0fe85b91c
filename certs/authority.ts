import { X509Certificate } from 'node:crypto'
import { makeCertificate, type Validity } from './certificate.ts'
import { type Credentials, certificatesOf } from './credentials.ts'
import { type KeyType, newKey } from './key.ts'

export interface AuthorityPlan {
  readonly name: string
  readonly organisation?: string
  readonly validity: Validity
  readonly keyType?: KeyType
  readonly key?: string
  /** Makes it an intermediate; a root, which signs itself, when absent. */
  readonly signedBy?: Credentials
}

export async function createAuthority(plan: AuthorityPlan): Promise<Credentials> {
  const key = plan.key ?? (await newKey(plan.keyType))
  const role = plan.signedBy ? 'intermediate' : 'root'
  return withChain(key, makeCertificate({ ...plan, key, role, subject: plan }), plan.signedBy)
}

export interface LeafPlan {
  /** Host names and IP addresses; the first becomes the common name too. */
  readonly names: readonly string[]
  readonly organisation?: string
  readonly validity: Validity
  readonly keyType?: KeyType
  /** PKCS#8 PEM; a fresh one when absent. */
  readonly key?: string
  /** Absent: the certificate signs itself, the degenerate case of an authority. */
  readonly signedBy?: Credentials
}

export async function issue(plan: LeafPlan): Promise<Credentials> {
  const key = plan.key ?? (await newKey(plan.keyType))
  const subject = { ...plan, name: plan.names[0] ?? '' }
  return withChain(key, makeCertificate({ ...plan, key, role: 'leaf', subject }), plan.signedBy)
}

/** @param signedBy its root is left out of what a server sends: whoever trusts it has it already (RFC 8446 section 4.4.2) */
function withChain(key: string, certificate: string, signedBy?: Credentials): Credentials {
  const issuers = certificatesOf(signedBy?.chain ?? '').filter((pem) => !isSelfIssued(pem))
  return { key, chain: [certificate, ...issuers].join('') }
}

export function isSelfIssued(pem: string): boolean {
  const { subject, issuer } = new X509Certificate(pem)
  return subject === issuer
}
