import type { Entry } from '#kit/catalogue.ts'
import type { Finding } from '#kit/finding.ts'
import type { Attack } from '#mitm/attack.ts'
import { CONTROL } from '../control.ts'
import type { Result, Run } from '../result.ts'
import { whyInconclusive } from './inconclusive.ts'

export interface Conclusion {
  readonly finding: Finding
  /** Attacks that got through although the program is pinned. */
  readonly beatenBy: readonly string[]
  /** Sentences, the last of which says what to do next. */
  readonly lines: readonly string[]
}

const UNPLAYED = 'Inconclusive: not all the worlds were played that tell what it is.'
const READ_ON = 'docs/your-client.md'

/** What a run against one program comes to. */
export function conclude(run: Run, client: string, attacks: readonly Entry<Attack>[]): Conclusion {
  const results = run.results.filter((result) => result.client === client)
  const of = (attack: string) => results.find((result) => result.attack === attack)
  const finding = findingOf(of)
  const beatenBy = results.filter((result) => isBeaten(result, attacks)).map(({ attack }) => attack)
  return { finding, beatenBy, lines: linesFor(finding, beatenBy, unproved(of)) }
}

type Of = (attack: string) => Result | undefined

function findingOf(of: Of): Finding {
  const fell = (attack: string) => of(attack)?.verdict === 'intercepted' || of(attack)?.verdict === 'leaked'
  if (of(CONTROL)?.verdict !== 'reached') return 'inconclusive'
  if (fell('stranger-authority') || fell('self-signed-lookalike')) return 'accepts any certificate'
  if (of('trusted-authority')?.verdict === 'leaked') return 'notices too late'
  if (fell('trusted-authority')) return 'unpinned'
  if (of('stranger-authority')?.verdict !== 'blocked' || of('trusted-authority')?.verdict !== 'blocked')
    return 'inconclusive'
  const stolen = of('stolen-key')?.verdict
  if (stolen === 'intercepted') return 'pinned by key'
  // A genuine certificate renewed over the same key is still the same key, and another certificate.
  return of('rotated-same-key')?.verdict === 'blocked' ? 'pinned by certificate' : 'pinned'
}

/** Something got through that a pin of either kind would have stopped. */
function isBeaten({ attack, verdict }: Result, attacks: readonly Entry<Attack>[]): boolean {
  const entry = attacks.find(({ id }) => id === attack)
  return entry?.family !== 'control' && stopsAtKeyPin(entry) && (verdict === 'intercepted' || verdict === 'leaked')
}

function stopsAtKeyPin(attack: Entry<Attack> | undefined): boolean {
  return attack?.stoppedBy.includes('key-pin') ?? false
}

/** Of the worlds that would tell, the first that did not. */
function unproved(of: Of): Result | undefined {
  const control = of(CONTROL)
  if (control?.verdict !== 'reached') return control
  return [of('stranger-authority'), of('trusted-authority')].find((result) => result?.verdict !== 'blocked')
}

/**
 * What a finding comes to, and what to do next.
 * @param unproved the play for want of which nothing can be said
 */
export function linesFor(finding: Finding, beatenBy: readonly string[], unproved: Result | undefined): string[] {
  if (finding === 'inconclusive') {
    return [...(unproved ? whyInconclusive(unproved) : [UNPLAYED]), `What to look at: ${READ_ON}#inconclusive`]
  }
  if (finding === 'accepts any certificate') {
    return [
      'It accepts any certificate: a stranger on the same network reads and rewrites everything.',
      `Next: switch certificate verification on, before you think of pins. ${READ_ON}#accepts-any-certificate`,
    ]
  }
  if (finding === 'unpinned') {
    return [
      'Unpinned: whoever holds an authority that the device trusts reads and rewrites everything.',
      `Next: pin the API's key. ${READ_ON}#unpinned`,
    ]
  }
  if (finding === 'notices too late') {
    return [
      'It notices too late: whoever holds an authority that the device trusts has read the request when it refuses.',
      `Next: look at the certificate before the first byte is sent, and not at the answer’s. ${READ_ON}#notices-too-late`,
    ]
  }
  const kind = finding === 'pinned' ? 'Pinned' : `${finding[0]?.toUpperCase()}${finding.slice(1)}`
  if (beatenBy.length > 0) {
    return [`${kind}, but beaten by ${beatenBy.join(', ')}.`, `Next: npm run battery -- --explain ${beatenBy[0]}`]
  }
  return [
    `${kind}, and beaten by nothing that was tried.`,
    `What was not tried, and what a pin cannot stop: ${READ_ON}#limits`,
  ]
}
