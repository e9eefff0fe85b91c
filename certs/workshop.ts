import { join } from 'node:path'
import type { Credentials } from './credentials.ts'
import { outdatedFiles, readGenerated, writeGenerated } from './generated.ts'
import type { KeyType } from './key.ts'
import { SHIPPED_FILES } from './layout.ts'
import { withLock } from './lock.ts'
import { completeBackups, completeMaterial, type FoundMaterial, type Material, shippedPins } from './material.ts'
import type { Completed } from './pair.ts'
import type { Pieces } from './pieces.ts'
import { type Deployment, type KeyChoice, renew } from './rotation.ts'
import { refuseUntrusted, refuseUnusable } from './trial.ts'

/** The folder, and how things are made in it. */
export interface Workshop {
  readonly folder: string
  readonly now: () => Date
  readonly days?: number
  readonly keyType?: KeyType
  readonly extraNames?: readonly string[]
  /** Called when another command is at work in the folder. */
  readonly onWait: () => void
  readonly signal?: AbortSignal
}

export interface Outcome {
  readonly material: Material
  /** What became of each pair that was found, or took its place. */
  readonly pieces: Pieces
  /** Files that were written, relative to the folder. */
  readonly changed: readonly string[]
  /** Files that `generate` would write, when nothing was written. */
  readonly outdated?: readonly string[]
}

/**
 * Keeps what is there and can be used, makes the rest.
 * @throws LabError CANNOT_READ, CANNOT_WRITE
 */
export function generate(workshop: Workshop, more: { readonly fresh?: boolean } = {}): Promise<Outcome> {
  return change(workshop, { from: more.fresh ? NOTHING : undefined, to: (material) => material, did: 'made' })
}

export interface RenewOrder {
  readonly deployments: readonly Deployment[]
  readonly key: KeyChoice
  /** Leaves the app as it was shipped, so that it meets a server that has moved on. */
  readonly keepClient?: boolean
}

/** @throws LabError CANNOT_READ, CANNOT_WRITE, KEY_UNSUPPORTED */
export function renewGenerated(workshop: Workshop, order: RenewOrder): Promise<Outcome> {
  const { days } = workshop
  const to = async (material: Material) => {
    let renewed = material
    for (const deployment of order.deployments) {
      renewed = await renew(renewed, { deployment, key: order.key, now: workshop.now(), ...(days && { days }) })
    }
    return renewed
  }
  return change(workshop, { to, did: 'renewed', ...(order.keepClient && { except: SHIPPED_FILES }) })
}

export interface ProvideOrder {
  readonly pair: Credentials
  readonly deployment: Deployment
  /** PEM of the authority that signed it, for the device to trust. */
  readonly authority?: string
}

/**
 * Puts somebody's own pair where proxy and client expect it, and computes the pins anew.
 * @throws LabError PROVIDED_UNUSABLE; PROVIDED_WRONG_NAME, PROVIDED_UNTRUSTED: a CA-signed pair that no client of the
 * lab could use
 */
export async function provideGenerated(workshop: Workshop, order: ProvideOrder): Promise<Outcome> {
  await refuseUnusable(order.pair)
  const to = async (material: Material) => {
    const providedAuthority = order.authority ?? material.providedAuthority
    if (order.deployment === 'ca-signed')
      refuseUntrusted(order.pair.chain, material.root.chain + (providedAuthority ?? ''))
    const pair = order.deployment === 'ca-signed' ? { proxyCaSigned: order.pair } : { proxySelfSigned: order.pair }
    const placed = { ...material, ...pair, ...(providedAuthority && { providedAuthority }) }
    const complete = { ...placed, backupKeys: await completeBackups(placed.backupKeys, placed) }
    return { ...complete, shipped: shippedPins(complete) }
  }
  return change(workshop, { to, did: 'provided' })
}

/** What `generate` would find and do, without writing. */
export async function inspect({ folder, now, days, keyType, extraNames }: Workshop): Promise<Outcome> {
  const found = await readGenerated(folder)
  const options = { now: now(), ...(days && { days }), ...(keyType && { keyType }), ...(extraNames && { extraNames }) }
  const { material, pieces } = await completeMaterial(found, options)
  return { material, pieces, changed: [], outdated: await outdatedFiles(folder, material) }
}

const NOTHING: FoundMaterial = { pairs: {}, backupKeys: {}, backstageTokens: {} }

interface Change {
  readonly from?: FoundMaterial | undefined
  readonly to: (material: Material) => Material | Promise<Material>
  /** What `to` does to the pairs that it replaces. */
  readonly did: Completed['did']
  readonly except?: readonly string[]
}

function change(workshop: Workshop, { from, to, did, except }: Change): Promise<Outcome> {
  const { folder, now, onWait, signal, days, keyType, extraNames } = workshop
  const work = async () => {
    const found = from ?? (await readGenerated(folder))
    const options = {
      now: now(),
      ...(days && { days }),
      ...(keyType && { keyType }),
      ...(extraNames && { extraNames }),
    }
    const { material, pieces } = await completeMaterial(found, options)
    const wanted = await to(material)
    signal?.throwIfAborted()
    const changed = await writeGenerated(folder, wanted, except)
    return { material: wanted, pieces: replaced(pieces, wanted, did), changed }
  }
  // In Compose the folder itself is read-only and its parties are volumes; this one only certs can see.
  return withLock(join(folder, 'authority', '.lock'), work, { onWait, ...(signal && { signal }) })
}

function replaced(pieces: Pieces, material: Material, did: Completed['did']): Pieces {
  const now = (name: 'proxySelfSigned' | 'proxyCaSigned'): Completed =>
    material[name].chain === pieces[name].credentials.chain ? pieces[name] : { credentials: material[name], did }
  return { ...pieces, proxySelfSigned: now('proxySelfSigned'), proxyCaSigned: now('proxyCaSigned') }
}
