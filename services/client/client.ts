import type { LookupFunction } from 'node:net'
import { validRange } from 'semver'
import { ABILITIES, type Ability, CHECKS, type Check, type Reason, ROADS, type Road } from '#kit/check.ts'

/** Which of the proxy's two deployments a client calls. */
export type Deployment = 'self-signed' | 'ca-signed'

/** A catalogue entry: a way of making requests, and the checks that it claims to make, in the order it makes them. */
export interface Client {
  /** A sentence that says what it trusts. */
  readonly title: string
  readonly deployment: Deployment
  readonly checks: readonly Check[]
  /** What it can do beside asking its one origin. */
  readonly can?: readonly Ability[]
  /** @param token for a program that is not ours, which may need it before it is first asked */
  readonly open: (situation: Situation, token?: string) => OpenClient | Promise<OpenClient>
  /** A program that is not ours: of what it checks only this is known, and it asks by itself. */
  readonly outside?: 'should-pin' | 'unpinned'
  /** Of a program that is not ours: it looks names up where the lab's hosts have theirs. */
  readonly findsNames?: true
  /** Of a deliberately naive client: what is wrong with it. A sound one has none. */
  readonly mistake?: Mistake
}

export interface Mistake {
  /** What its author believed, in one sentence. */
  readonly belief: string
  /** Where it is found in the wild: CVE, issue, documentation, paper. */
  readonly source: string
  /** The mend, in one line. */
  readonly fix: string
  /** The only road on which it is made; both when absent. */
  readonly road?: Road
  /** Checks that it claims and that its mistake undoes, and how it then falls to what only they would stop. */
  readonly undoes?: Readonly<Partial<Record<Check, Fall | FallSomewhere>>>
  /** Ids of single attacks that it falls to although the checks it claims would stop them, and how. */
  readonly falls?: Readonly<Record<string, Fall | FallSomewhere>>
}

export type Fall = 'intercepted' | 'leaked'

/** A fall that was not seen everywhere: Node has mended it since, or it takes a road on which the client does otherwise. */
export interface FallSomewhere {
  readonly fall: Fall
  /** The versions of Node on which it was seen, as npm writes ranges: `<22.23.2 || >=23 <24.18.1`. */
  readonly node?: string
  readonly road?: Road
}

/** Where a client finds itself: the device, the network, and what it was shipped with. */
export interface Situation {
  /** `https://api.lab.test:8443` */
  readonly origin: string
  /** PEM certificates of the authorities that the device trusts in this world. */
  readonly deviceAuthorities: readonly string[]
  /** Path and query that a program that is not ours is told to ask for; the picture of the day when absent. */
  readonly path?: string
  readonly shipped: Shipped
  /** For a program that is not ours: the host's certificate as it was when the app was made, PEM. The article's when absent. */
  readonly certificate?: string
  /** How names resolve on this network; the system's resolver when absent. */
  readonly lookup?: LookupFunction
  /** `http://127.0.0.1:3128` on the explicit-proxy road. */
  readonly proxy?: string
  /** A Host header that the app's settings prescribe, for every request. */
  readonly hostHeader?: string
  /** ms for each step of a visit, and so for each request of it */
  readonly timeout: number
}

/** What was inside the app when it left its makers. */
export interface Shipped {
  /** The article's `cert.pem`. */
  readonly certificate: string
  readonly pins: readonly PinnedHost[]
}

/** The shape of `pins.json`. */
export interface PinnedHost {
  /** A host name or an OkHttp pattern: `api.lab.test`, `*.lab.test`, `**.lab.test`. */
  readonly host: string
  /** `sha256/…`, the current key first, then backups. */
  readonly pins: readonly string[]
  /** `sha256/…` of the authorities that sign for the host, for clients that pin one of them instead. */
  readonly authorities?: readonly string[]
}

export interface OpenClient {
  /** @param path path and query below the origin, or an absolute URL of the same origin */
  get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer>
  /** Of a program that is not ours, which asks by itself and tells no more than whether it took the answer. Throws when it did not. */
  look?(token: string | undefined): Promise<void>
  /** Of a client that can make unpinned requests: one of them. @param address a whole URL @returns nothing where it is not ours, and says no more than that it was answered */
  glance?(address: string): Promise<Answer | undefined>
  /** Of a client that can take new pins: from now on these, and no others. */
  renewPins?(pins: readonly PinnedHost[]): Promise<void>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** What the client says of one visit. JSON, so that it can travel from a container. */
export type ClientReport =
  // A program that is not ours tells neither status nor picture.
  | { readonly outcome: 'accepted'; readonly status?: number; readonly picture?: PictureOfTheDay; readonly ms: number }
  | {
      readonly outcome: 'refused'
      readonly reason: Reason
      readonly code: string
      readonly message: string
      readonly ms: number
    }
  | { readonly outcome: 'broken'; readonly code: string; readonly message: string; readonly ms: number }

export interface PictureOfTheDay {
  readonly date: string
  readonly title: string
  readonly explanation: string
  readonly image?: { readonly contentType: string; readonly bytes: number; readonly sha256: string }
}

/** Nothing in it; NODE_TLS_REJECT_UNAUTHORIZED=0; the attacker's authority in NODE_EXTRA_CA_CERTS. */
export const ENVIRONMENTS = ['honest', 'no-verification', 'extra-authority'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** What a client is asked to do. JSON, so that it can travel to a container. */
export interface VisitOrder {
  readonly client: string
  /** Port on which the client's API is to be found, or on which the proxy of the proxy road listens. */
  readonly port: number
  readonly road: Road
  /** The name to ask for, as it is spelt in the address; the deployment's own when absent. */
  readonly name?: string
  /** The address begins with `http:`. */
  readonly clear?: true
  /** What the app's settings prescribe: the name of the attacker's own site, or what it would be anyway. */
  readonly hostHeader?: 'elsewhere' | 'its-own'
  /** Visit in a process of its own, in whose environment is what it says there; in the one that takes orders when absent. */
  readonly environment?: Environment
  /** Whether the attacker's authority is installed on the device. */
  readonly trustsAttacker: boolean
  /** What somebody put into the app in place of what its makers shipped; the app is measured as it then is. */
  readonly repackaged?: Partial<Shipped>
  /** Of a visit of several steps: what it gets is kept for somebody to see, until they ask for it. */
  readonly pictures?: 'kept'
  /** ms */
  readonly timeout: number
}

export function clientComplaints(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['it has no default export that is a client']
  const { title, deployment, checks, can, open, mistake } = value as Record<string, unknown>
  const wrong: string[] = []
  if (typeof title !== 'string' || !title.endsWith('.')) wrong.push('title is not a sentence that ends in a full stop')
  if (deployment !== 'self-signed' && deployment !== 'ca-signed')
    wrong.push("deployment is neither 'self-signed' nor 'ca-signed'")
  if (!Array.isArray(checks) || !checks.every((check) => CHECKS.some((known) => known === check))) {
    wrong.push(`checks is not a list of ${CHECKS.join(', ')}`)
  }
  if (can !== undefined && !(Array.isArray(can) && can.every((one) => ABILITIES.some((known) => known === one)))) {
    wrong.push(`can is not a list of ${ABILITIES.join(', ')}`)
  }
  if (typeof open !== 'function') wrong.push('open is not a function')
  if (mistake !== undefined) wrong.push(...mistakeComplaints(mistake))
  return wrong
}

function mistakeComplaints(mistake: unknown): string[] {
  const { belief, source, fix, road, undoes, falls } = (mistake ?? {}) as Record<string, unknown>
  const wrong = Object.entries({ belief, source, fix })
    .filter(([, text]) => typeof text !== 'string' || text === '')
    .map(([name]) => `mistake.${name} is not a sentence`)
  if (road !== undefined && !ROADS.some((known) => known === road))
    wrong.push(`mistake.road is not one of ${ROADS.join(', ')}`)
  const fates = [undoes, falls].flatMap((by) => Object.values((by ?? {}) as Record<string, unknown>))
  if (fates.length === 0 || !fates.every(isFate)) {
    wrong.push("mistake.undoes and mistake.falls say of no check and no attack that it is 'intercepted' or 'leaked'")
  }
  const unknown = Object.keys(undoes ?? {}).filter((check) => !CHECKS.some((known) => known === check))
  if (unknown.length > 0) wrong.push(`mistake.undoes names ${unknown.join(', ')}, which is no check`)
  return wrong
}

function isFate(fate: unknown): boolean {
  if (typeof fate !== 'object' || fate === null) return fate === 'intercepted' || fate === 'leaked'
  const { fall, node, road } = fate as Record<string, unknown>
  const isRange = typeof node === 'string' && validRange(node) !== null
  const isRoad = ROADS.some((known) => known === road)
  const somewhere = node !== undefined || road !== undefined
  return isFate(fall) && somewhere && (node === undefined || isRange) && (road === undefined || isRoad)
}
