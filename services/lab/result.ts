import type { Client, ClientReport } from '#client/client.ts'
import type { Reason, Road } from '#kit/check.ts'
import { shorten } from '#kit/secret.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import type { Expectation } from './expected.ts'
import type { PlayedWord } from './judge.ts'
import type { Standing } from './standing.ts'

/** Everything that any report shows. `version` rises when a field changes its meaning or goes. */
export interface Run {
  readonly version: 1
  readonly stage: 'embedded' | 'compose'
  readonly road: Road
  /** ISO 8601 */
  readonly startedAt: string
  readonly ms: number
  /** Component name to version, of what took part. */
  readonly versions: Readonly<Record<string, string>>
  readonly attacks: readonly AttackSummary[]
  readonly clients: readonly ClientSummary[]
  /** Attack by attack, client by client, in the order of the two lists above. */
  readonly results: readonly Result[]
  /** How many results differ from what was expected. */
  readonly surprises: number
}

export type AttackSummary = Pick<Attack, 'title' | 'family' | 'holds' | 'stoppedBy' | 'references'> & {
  readonly id: string
}
export type ClientSummary = Pick<Client, 'title' | 'deployment' | 'checks'> & {
  readonly id: string
  readonly standing: Standing
}

export type Result = PlayedResult | NotApplicable

interface Pair {
  readonly attack: string
  readonly client: string
  readonly why: string
  /** Tokens shortened: a report is made to be passed around. */
  readonly evidence: Evidence
}

export interface PlayedResult extends Pair {
  readonly verdict: PlayedWord
  readonly reason?: Reason
  readonly expected: Expectation
  readonly surprise: boolean
  readonly report: ClientReport
}

/** The client lacks what the attack needs of it: there was no play, so nobody said or saw anything. Neither a pass nor a surprise. */
export interface NotApplicable extends Pair {
  readonly verdict: 'not-applicable'
  readonly reason?: never
  readonly expected: { readonly verdict: 'not-applicable'; readonly reason?: never }
  readonly surprise: false
  readonly report?: never
}

/** @param why which ability is missing: 'it needs redirects, and the client follows none' */
export function notApplicable(attack: string, client: string, why: string): NotApplicable {
  return {
    attack,
    client,
    verdict: 'not-applicable',
    why,
    expected: { verdict: 'not-applicable' },
    surprise: false,
    evidence: { connections: [], applicationBytes: 0, requests: [] },
  }
}

/** The evidence with nothing in it that opens a door. */
export function withoutSecrets(evidence: Evidence): Evidence {
  return {
    ...evidence,
    requests: evidence.requests.map(hideToken),
    ...(evidence.token === undefined ? {} : { token: shorten(evidence.token) }),
  }
}

const SECRET_HEADERS = ['approov-token', 'authorization', 'cookie']

function hideToken(request: RecordedRequest): RecordedRequest {
  const headers = Object.entries(request.headers).map(([name, value]) =>
    SECRET_HEADERS.includes(name.toLowerCase()) ? [name, shorten(String(value))] : [name, value],
  )
  return { ...request, headers: Object.fromEntries(headers) }
}

export function resultOf(run: Run, attack: string, client: string): Result | undefined {
  return run.results.find((result) => result.attack === attack && result.client === client)
}
