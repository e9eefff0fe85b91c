import type { Client, ClientReport } from '#client/client.ts'
import type { Reason, Road } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Evidence } from '#mitm/evidence.ts'
import type { ChainLink } from './chain.ts'
import type { PlayEvent } from './events.ts'
import type { Expectation } from './expected.ts'
import type { PlayedWord } from './judge.ts'
import type { PinHeld } from './pins-held.ts'
import type { Standing } from './standing.ts'
import type { Told } from './storyline.ts'

/** Everything that any report shows. `version` rises when a field changes its meaning or goes. */
export interface Run {
  readonly version: 1
  readonly stage: 'embedded' | 'compose' | 'target'
  readonly road: Road
  /** ISO 8601 */
  readonly startedAt: string
  readonly ms: number
  /** Component name to version, of what took part. */
  readonly versions: Readonly<Record<string, string>>
  /** Of the order in which the plays began; absent when that was the order of the results. */
  readonly seed?: number
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
  /** What it insists on, as far as the stage knows what it was shipped with; absent when it doesn't. */
  readonly pins?: readonly PinHeld[]
}

export type Result = PlayedResult | NotApplicable

interface Pair {
  readonly attack: string
  readonly client: string
  readonly why: string
  /** Secrets shortened: a report is made to be passed around. */
  readonly evidence: Evidence
  /** `evidence.presented`, summed up. Empty when nothing was shown, or bytes were only relayed. */
  readonly chain: readonly ChainLink[]
  /** What both ends did, in the order in which it happened. */
  readonly events: readonly PlayEvent[]
}

export interface PlayedResult extends Pair {
  readonly verdict: PlayedWord
  readonly reason?: Reason
  readonly expected: Expectation
  readonly surprise: boolean
  /** In a story, that of the step that was judged. */
  readonly report: ClientReport
  /** Of a story, what the client said of each step. */
  readonly steps?: readonly Told[]
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
    chain: [],
    events: [],
    evidence: { connections: [], applicationBytes: 0, requests: [] },
  }
}

export function resultOf(run: Run, attack: string, client: string): Result | undefined {
  return run.results.find((result) => result.attack === attack && result.client === client)
}
