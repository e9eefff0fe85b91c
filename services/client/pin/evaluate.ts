import type { X509Certificate } from 'node:crypto'
import { cleanChain } from './chain.ts'
import type { Seen } from './errors.ts'
import type { Pin } from './pin.ts'
import { type HeldPin, type Policy, pinsFor } from './policy.ts'
import { seenOf } from './report.ts'
import { pinOf } from './spki.ts'

export type Verdict =
  /** No pattern matches the host: the policy has no opinion. */
  | { readonly outcome: 'unpinned' }
  | { readonly outcome: 'match'; readonly pin: Pin; readonly by: 'leaf' | 'authority'; readonly until: Date }
  | { readonly outcome: 'mismatch'; readonly seen: readonly Seen[]; readonly pinned: readonly HeldPin[] }

export interface Evidence {
  /** Canonical, and from the URL: the Host header and the SNI are the client's to set. */
  readonly host: string
  /** The certificate whose key the handshake proved first, then what came with it. */
  readonly presented: readonly X509Certificate[]
  /** Asked only when the leaf's own key is not pinned. */
  readonly anchors: () => readonly X509Certificate[]
  readonly now: Date
}

/**
 * Whether a chain that TLS has already accepted also holds a pinned key.
 * The leaf's key counts at once, for the handshake proved that the peer has it. An authority's key counts only where
 * it stands in a clean chain that ends at a trust anchor.
 */
export function evaluate(policy: Policy, evidence: Evidence): Verdict {
  const pinned = pinsFor(policy, evidence.host)
  if (pinned.length === 0) return { outcome: 'unpinned' }
  const held = new Set(pinned.map(({ pin }) => pin))
  const leaf = evidence.presented[0]
  if (!leaf) return { outcome: 'mismatch', seen: [], pinned }
  const own = pinOf(leaf)
  if (held.has(own)) return { outcome: 'match', pin: own, by: 'leaf', until: leaf.validToDate }
  const { chain, anchored } = cleanChain({ ...evidence, anchors: evidence.anchors() })
  const authority = anchored
    ? chain
        .slice(1)
        .map(pinOf)
        .find((pin) => held.has(pin))
    : undefined
  if (authority === undefined) return { outcome: 'mismatch', seen: chain.map(seenOf), pinned }
  return { outcome: 'match', pin: authority, by: 'authority', until: earliestEnd(chain) }
}

function earliestEnd(chain: readonly X509Certificate[]): Date {
  return new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime())))
}
