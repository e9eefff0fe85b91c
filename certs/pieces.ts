import { HOSTS, NASA_HOSTS, SELF_SIGNED_NAMES } from '#kit/names.ts'
import { type AuthorityPlan, createAuthority, issue } from './authority.ts'
import { lasting } from './certificate.ts'
import type { Credentials } from './credentials.ts'
import type { KeyType } from './key.ts'
import { type Completed, completePair, type FoundPair, ORGANISATION } from './pair.ts'

export interface MaterialOptions {
  readonly now: Date
  /** How long leaves last; authorities last ten years or longer. */
  readonly days?: number
  /** Of the proxy's keys; everybody else's are P-256. */
  readonly keyType?: KeyType
  /** Further names for the proxy's self-signed certificate. */
  readonly extraNames?: readonly string[]
  /** Further names for its CA-signed one, which are pinned like the first. */
  readonly apiNames?: readonly string[]
}

export const PAIRS = [
  'proxySelfSigned',
  'proxyCaSigned',
  'nasa',
  'attestation',
  'root',
  'intermediate',
  'trustedAuthority',
  'otherHost',
] as const
export type PairName = (typeof PAIRS)[number]

export type FoundPairs = Readonly<Partial<Record<PairName, FoundPair>>>

/** What became of each pair. */
export type Pieces = Readonly<Record<PairName, Completed>>

/** From the root down: a pair whose authority had to be made anew is signed again, with the key it has. */
export async function completePairs(found: FoundPairs, options: MaterialOptions): Promise<Pieces> {
  const root = await authority(found.root, options, LAB_ROOT)
  const intermediate = await authority(found.intermediate, options, { ...LAB_INTERMEDIATE, signedBy: root.credentials })
  const signedBy = intermediate.credentials
  const type = options.keyType && { keyType: options.keyType }
  const selfSignedNames = [...SELF_SIGNED_NAMES, ...(options.extraNames ?? [])]
  const proxy = { ...type, mayBeProvided: true }
  const [proxySelfSigned, proxyCaSigned, nasa, attestation, trustedAuthority, otherHost] = await Promise.all([
    leaf(found.proxySelfSigned, options, { ...proxy, names: selfSignedNames }),
    leaf(found.proxyCaSigned, options, { ...proxy, names: [HOSTS.api, ...(options.apiNames ?? [])], signedBy }),
    leaf(found.nasa, options, { names: [NASA_HOSTS.api, NASA_HOSTS.pictures], signedBy }),
    leaf(found.attestation, options, { names: [HOSTS.attestation], signedBy }),
    authority(found.trustedAuthority, options, ATTACKERS_ROOT),
    leaf(found.otherHost, options, { names: [HOSTS.evil], signedBy }),
  ])
  return { root, intermediate, proxySelfSigned, proxyCaSigned, nasa, attestation, trustedAuthority, otherHost }
}

const LAB_ROOT = { name: 'Pinning Lab Root', organisation: ORGANISATION }
const LAB_INTERMEDIATE = { name: 'Pinning Lab Intermediate', organisation: ORGANISATION }
// Named like the authority of an interception product: nothing in its name tells it apart from an honest one.
const ATTACKERS_ROOT = { name: 'Corporate Inspection Root', organisation: 'Corporate IT' }

function authority(
  found: FoundPair | undefined,
  { now, days = 0 }: MaterialOptions,
  plan: Pick<AuthorityPlan, 'name' | 'organisation' | 'signedBy'>,
): Promise<Completed> {
  const validity = lasting(now, Math.max(3650, days))
  return completePair(found ?? {}, {
    now,
    make: (key) => createAuthority({ ...plan, validity, ...(key && { key }) }),
    ...(plan.signedBy && { signedBy: plan.signedBy }),
  })
}

interface PlannedLeaf {
  readonly names: readonly string[]
  readonly signedBy?: Credentials
  readonly keyType?: KeyType
  readonly mayBeProvided?: boolean
}

function leaf(
  found: FoundPair | undefined,
  { now, days = 365 }: MaterialOptions,
  plan: PlannedLeaf,
): Promise<Completed> {
  const validity = lasting(now, days)
  return completePair(found ?? {}, {
    ...plan,
    now,
    make: (key) => issue({ ...plan, organisation: ORGANISATION, validity, ...(key && { key }) }),
  })
}
