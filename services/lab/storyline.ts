import type { ClientReport, PinnedHost, Shipped } from '#client/client.ts'
import type { Visit } from '#client/run.ts'
import { HOSTS } from '#kit/names.ts'
import { type NewPins, OBSTRUCTIONS, type Stance, type Step, stepInWords } from '#mitm/story.ts'

/** Both ends of a play, as a story moves them. */
export interface Parties {
  readonly visit: Visit
  /** Where the client finds the API. */
  readonly origin: string
  readonly shipped: Pick<Shipped, 'pins'>
  /** Tells the attacker what to do from now on. */
  readonly turn: (stance: Stance) => Promise<void>
  /** ms since the play was armed */
  readonly clock: () => number
}

/** What the client said of one step. */
export interface Told {
  /** `asks the API, while the attacker attacks` */
  readonly step: string
  readonly report: ClientReport
  /** ms since the play was armed; when the step before ended, when absent */
  readonly began?: number
}

/** The last report is the one to judge. */
export interface Storyline {
  readonly report: ClientReport
  readonly steps: readonly Told[]
}

/**
 * Plays a story to its end. A step that was not meant to fail and does is the end too: what the client then said and
 * what the attacker then had received is what there is to judge.
 */
export async function tell(story: readonly Step[], parties: Parties): Promise<Storyline> {
  const steps: Told[] = []
  let last: ClientReport | undefined
  for (const step of story) {
    const report = await take(step, parties)
    if (!report) continue
    last = report
    steps.push({ step: stepInWords(step), report, began: parties.clock() - report.ms })
    if (report.outcome !== 'accepted' && !isMeantToFail(step)) break
  }
  // The catalogue takes no story without a look.
  if (!last) throw new Error('a story without a step that the client reports')
  return { report: last, steps }
}

function isMeantToFail(step: Step): boolean {
  return 'attacker' in step && OBSTRUCTIONS.some((obstruction) => obstruction === step.attacker)
}

async function take(step: Step, { visit, origin, shipped, turn }: Parties): Promise<ClientReport | undefined> {
  // That is the attacker's, when the visit is over.
  if (step.act === 'replay') return undefined
  if (step.act === 'renew-pins') return visit.renewPins(newPins(step.to, shipped.pins))
  await turn(step.attacker)
  if (step.act === 'look') return visit.look()
  return visit.glance(addressOf(step.at, origin))
}

/** Nothing there is secret, and nothing depends on it. */
function addressOf(site: 'api' | 'elsewhere', origin: string): string {
  const address = new URL(origin)
  if (site === 'elsewhere') address.hostname = HOSTS.evil
  return `${address.origin}/healthz`
}

/** Of `pins.json` the current key comes first, then its backup. */
function newPins(to: NewPins, pins: readonly PinnedHost[]): readonly PinnedHost[] {
  return to === 'the-same' ? pins : pins.map((entry) => ({ ...entry, pins: entry.pins.slice(1) }))
}
