import type { ClientReport, PictureOfTheDay, Shipped } from '#client/client.ts'
import type { Image } from '#client/run.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Armed } from '#mitm/attacker.ts'
import type { Evidence, Replayed } from '#mitm/evidence.ts'
import type { Replay } from '#mitm/story.ts'
import type { Verdict } from './judge.ts'
import type { Told } from './storyline.ts'

/** Where the experiment takes place. The same plays and the same expectations run on every stage. */
export interface Stage extends AsyncDisposable {
  readonly name: 'embedded' | 'compose' | 'target'
  /** What every app was shipped with, as far as the stage knows. */
  readonly shipped?: Partial<Shipped>
  /** Why it cannot play the attack, or its control, against anybody: a sentence. */
  cannot?(attack: Entry<Attack>, control?: Entry<Attack>): string | undefined
  /** One attack against one client, both ends asked. */
  play(order: StageOrder): Promise<Played>
  close(): Promise<void>
}

/** A stage on which a client can also be sent to the API with nobody between. */
export interface HomeStage extends Stage {
  visitFromHome(client: string): Promise<ClientReport>
}

export interface StageOrder {
  readonly attack: Entry<Attack>
  readonly client: { readonly id: string; readonly deployment: 'self-signed' | 'ca-signed' }
  readonly road: Road
  /** Told when the attacker waits; what it is given tells what was seen until now, where the stage can know. */
  readonly onArmed?: (soFar: () => Promise<Evidence | undefined>) => void
  /** The attacker reads along, and alters no answer. */
  readonly unaltered?: boolean
  /** The API turns away what cannot attest itself, whatever the attack says of it. */
  readonly enforces?: boolean
  /** For somebody who watches: the pictures that the client got, and after a single look those of a few days more. */
  readonly gallery?: Gallery
}

export interface Gallery {
  /** `2017-01-01`, in the order in which they are asked for, after today. */
  readonly days: readonly string[]
  readonly show: (picture: PictureOfTheDay, image?: Image) => void
}

export interface Played {
  readonly report: ClientReport
  readonly evidence: Evidence
  /** Of a story, what the client said of each step. */
  readonly steps?: readonly Told[]
  /** Of a stage with a judge of its own, which has more to go by than what both ends said. */
  readonly verdict?: Verdict
  /** ms since the play was armed at which the client's visit began; 0 when absent */
  readonly began?: number
  /** Of a play that somebody has watched: the attacker sends what it has read once more. Resolves with nothing when it has read no token. */
  readonly replay?: (again: ReplayOrder) => Promise<Replayed | undefined>
}

export interface ReplayOrder {
  /** Whether the API it is sent to turns away what cannot attest itself. */
  readonly enforces: boolean
  readonly how: Replay
}

/** The clock of a play's evidence, read where its attacker isn't: ms since the play was armed. */
export function clockOf({ at }: Pick<Armed, 'at'>): () => number {
  const received = performance.now()
  return () => Math.round(at + performance.now() - received)
}

/** A report that has just come in, with when its visit began. */
export function dated(report: ClientReport, clock: () => number): Pick<Played, 'report' | 'began'> {
  return { report, began: clock() - report.ms }
}

/**
 * ms that a client gets for one step, token, picture and image together: so many that a machine that is busy with
 * something else is not taken for a client that hangs.
 */
export const VISIT_TIMEOUT = 30_000

/** Whether the attacker's authority is installed on the device: not where it has only got into a process's environment. */
export function trustsAttacker({ holds, environment }: Pick<Attack, 'holds' | 'environment'>): boolean {
  return holds !== 'nothing' && holds !== 'other-certificate' && environment !== 'extra-authority'
}
