import type { SecureContextOptions } from 'node:tls'
import type { Credentials } from '#certs/credentials.ts'
import type { Forger } from '#certs/forger.ts'
import { ABILITIES, type Ability, CHECKS, type Check, REASONS, type Reason } from '#kit/check.ts'
import { OBSTRUCTIONS, type Step, storyComplaints } from './story.ts'

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
export const FAMILIES = [
  'control',
  'trust',
  'names',
  'validity',
  'pin-bypass',
  'reuse',
  'protocol',
  'redirects',
  'tokens',
] as const
export type Family = (typeof FAMILIES)[number]

/** How the genuine host is set up in a play, where that is not as usual. Honest in each of them. */
export const GENUINE = [
  'rotated-same-key',
  'rotated-backup-key',
  'rotated-new-key',
  'root-sent',
  'junk-sent',
  'tls12',
  'http2',
  'redirects-same-host',
  'redirects-clear',
  'redirects-elsewhere',
  'redirects-there-and-back',
  'enforces',
] as const
export type Genuine = (typeof GENUINE)[number]

/**
 * The victim's environment, its process's and not the wire's: nothing in it; NODE_TLS_REJECT_UNAUTHORIZED=0; the
 * attacker's authority in NODE_EXTRA_CA_CERTS, and there alone.
 */
export const ENVIRONMENTS = ['honest', 'no-verification', 'extra-authority'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** Whose name a prescribed Host header says. */
export const HOST_HEADERS = ['elsewhere', 'its-own'] as const
export type HostHeader = (typeof HOST_HEADERS)[number]

/** A chain with its key, and how the attacker's end of TLS behaves. */
export interface Presented extends Credentials {
  readonly tls?: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
  /** Offers HTTP/2, and says for which hosts it answers as well (RFC 8336). */
  readonly http2?: { readonly origins: readonly string[] }
  /** Ends each HTTP/1.1 connection with its first answer: whoever comes back has a TLS session at most. */
  readonly hangsUp?: true
  /** Ends the connection in the middle of each picture, whose length it has not said. */
  readonly cutsShort?: true
}

/** What the attacker has put into the app in place of what its makers shipped. */
export interface Planted {
  /** PEM */
  readonly certificate?: string
  readonly pins?: readonly {
    readonly host: string
    readonly pins: readonly string[]
    readonly authorities?: readonly string[]
  }[]
}

type Show<T> = (host: string, forger: Forger) => T | Promise<T>

/**
 * What is done to a victim's connection where the attacker has no certificate of its own to show. `relay` passes the bytes
 * on untouched, `flipped-key-exchange` all but one of them: the last of the ServerKeyExchange's signature. `no-tunnel` is
 * the proxy road's: CONNECT is answered with 502, and what then comes in clear is read.
 */
export const WITHOUT_CHAIN = ['relay', 'flipped-key-exchange', 'no-tunnel', ...OBSTRUCTIONS] as const
export type WithoutChain = (typeof WITHOUT_CHAIN)[number]

export interface Attack {
  /** A sentence that is true of the attack. */
  readonly title: string
  readonly family: Family
  readonly holds: World
  /** Each of these checks alone stops it; empty: nothing does, or nothing needs to (a control). */
  readonly stoppedBy: readonly Check[]
  /** How a client that stops it says so, where that is not what the check says elsewhere. */
  readonly refusedAs?: Reason
  /** What the victim is shown, or what is done to its connection instead. */
  readonly present: WithoutChain | Show<Presented>
  /** What a client must be able to do for the attack to say anything about it. */
  readonly needs?: readonly Ability[]
  /** What the victim does, where that is more than one look: what it was told in is in story.ts. */
  readonly story?: readonly Step[]
  /** What visitors to the attacker's own site are shown; its honest certificate when absent. */
  readonly elsewhere?: Show<Presented>
  readonly genuine?: Genuine
  /** The name as the client was told to ask for it, where that is not the host's plain one: `API.LAB.TEST.` */
  readonly spelling?: (host: string) => string
  /** The client was told to ask in clear: `http://…`. */
  readonly clear?: true
  /** The client's settings prescribe a Host header: the name of the attacker's own site, or what it would be anyway. */
  readonly hostHeader?: HostHeader
  /** The only road on which it can be staged. */
  readonly road?: 'proxy'
  readonly environment?: Environment
  readonly plants?: Show<Planted>
  /** The attack of the same shape in which everything is genuine; `none` when absent. */
  readonly control?: string
  /** One line: what makes a client safe from it. */
  readonly remedy?: string
  /** CVE numbers, RFC sections, tests of known projects. */
  readonly references: readonly string[]
}

/** What is wrong with a value that is meant to be an attack; empty when nothing is. */
export function attackComplaints(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['it has no default export that is an attack']
  const attack = value as Record<string, unknown>
  const { title, family, holds, stoppedBy, present, references, remedy, control } = attack
  const wrong: string[] = []
  if (typeof title !== 'string' || !title.endsWith('.')) wrong.push('title is not a sentence that ends in a full stop')
  if (!isOneOf(FAMILIES, family)) wrong.push(`family is not one of ${FAMILIES.join(', ')}`)
  if (!isOneOf(WORLDS, holds)) wrong.push(`holds is not one of ${WORLDS.join(', ')}`)
  if (!isListOf(CHECKS, stoppedBy)) wrong.push(`stoppedBy is not a list of ${CHECKS.join(', ')}`)
  if (typeof present !== 'function' && !isOneOf(WITHOUT_CHAIN, present)) {
    wrong.push(`present is neither a function nor one of ${WITHOUT_CHAIN.join(', ')}`)
  }
  if (!Array.isArray(references)) wrong.push('references is not a list')
  if (remedy !== undefined && typeof remedy !== 'string') wrong.push('remedy is not a sentence')
  if (control !== undefined && typeof control !== 'string') wrong.push('control is not the id of an attack')
  return [...wrong, ...situationComplaints(attack)]
}

function situationComplaints(attack: Record<string, unknown>): string[] {
  const { needs, story, genuine, environment, clear, hostHeader, road, refusedAs } = attack
  const wrong = storyComplaints(story)
  for (const name of ['elsewhere', 'spelling', 'plants']) {
    if (attack[name] !== undefined && typeof attack[name] !== 'function') wrong.push(`${name} is not a function`)
  }
  if (needs !== undefined && !isListOf(ABILITIES, needs)) wrong.push(`needs is not a list of ${ABILITIES.join(', ')}`)
  if (genuine !== undefined && !isOneOf(GENUINE, genuine)) wrong.push(`genuine is not one of ${GENUINE.join(', ')}`)
  if (environment !== undefined && !isOneOf(ENVIRONMENTS, environment)) {
    wrong.push(`environment is not one of ${ENVIRONMENTS.join(', ')}`)
  }
  if (clear !== undefined && clear !== true) wrong.push('clear is not true')
  if (hostHeader !== undefined && !isOneOf(HOST_HEADERS, hostHeader)) {
    wrong.push(`hostHeader is not one of ${HOST_HEADERS.join(', ')}`)
  }
  if (refusedAs !== undefined && !isOneOf(REASONS, refusedAs))
    wrong.push(`refusedAs is not one of ${REASONS.join(', ')}`)
  if (attack.present === 'no-tunnel' && road !== 'proxy') wrong.push("present is 'no-tunnel', but road is not 'proxy'")
  if (road !== undefined && road !== 'proxy') wrong.push("road is not 'proxy'")
  return wrong
}

function isOneOf(words: readonly string[], value: unknown): boolean {
  return words.some((word) => word === value)
}

function isListOf(words: readonly string[], value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => isOneOf(words, one))
}
