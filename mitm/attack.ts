import type { SecureContextOptions } from 'node:tls'
import type { Credentials } from '#certs/credentials.ts'
import type { Forger } from '#certs/forger.ts'
import { CHECKS, type Check } from '#kit/check.ts'

/** The world: what the attacker has beyond a place on the wire and public knowledge. */
export const WORLDS = [
  'nothing',
  'other-certificate',
  'trusted-authority',
  'stolen-key',
  'namesake-authority',
  'careless-authority',
] as const
export type World = (typeof WORLDS)[number]

/** The order in which a report shows them. */
export const FAMILIES = ['control', 'trust', 'names', 'validity', 'pin-bypass', 'protocol'] as const
export type Family = (typeof FAMILIES)[number]

/** A chain with its key, and how the attacker's end of TLS behaves. */
export interface Presented extends Credentials {
  readonly tls?: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
}

/** What a client's greeting of TLS is answered with, where there is to be no TLS. */
export const OBSTRUCTIONS = ['plaintext-answer', 'tls-alert', 'tcp-reset'] as const
export type Obstruction = (typeof OBSTRUCTIONS)[number]

export interface Attack {
  /** A sentence that is true of the attack. */
  readonly title: string
  readonly family: Family
  readonly holds: World
  /** Each of these checks alone stops it; empty: nothing does, or nothing needs to (a control). */
  readonly stoppedBy: readonly Check[]
  /** `relay` passes the bytes on untouched; otherwise what the victim is shown, or what keeps it from being shown anything. */
  readonly present: 'relay' | Obstruction | ((host: string, forger: Forger) => Presented | Promise<Presented>)
  /** The name as the client was told to ask for it, where that is not the host's plain one: `API.LAB.TEST.` */
  readonly spelling?: (host: string) => string
  /** One line: what makes a client safe from it. */
  readonly remedy?: string
  /** CVE numbers, RFC sections, tests of known projects. */
  readonly references: readonly string[]
}

const WITHOUT_CHAIN = ['relay', ...OBSTRUCTIONS] as const

export function attackComplaints(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['it has no default export that is an attack']
  const { title, family, holds, stoppedBy, present, references, spelling, remedy } = value as Record<string, unknown>
  const wrong: string[] = []
  if (typeof title !== 'string' || !title.endsWith('.')) wrong.push('title is not a sentence that ends in a full stop')
  if (!FAMILIES.some((known) => known === family)) wrong.push(`family is not one of ${FAMILIES.join(', ')}`)
  if (!WORLDS.some((known) => known === holds)) wrong.push(`holds is not one of ${WORLDS.join(', ')}`)
  if (!Array.isArray(stoppedBy) || !stoppedBy.every((check) => CHECKS.some((known) => known === check))) {
    wrong.push(`stoppedBy is not a list of ${CHECKS.join(', ')}`)
  }
  if (typeof present !== 'function' && !WITHOUT_CHAIN.some((known) => known === present)) {
    wrong.push(`present is neither a function nor one of ${WITHOUT_CHAIN.join(', ')}`)
  }
  if (!Array.isArray(references)) wrong.push('references is not a list')
  if (spelling !== undefined && typeof spelling !== 'function') wrong.push('spelling is not a function')
  if (remedy !== undefined && typeof remedy !== 'string') wrong.push('remedy is not a sentence')
  return wrong
}
