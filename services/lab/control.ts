import type { Result } from './result.ts'
import type { Standing } from './standing.ts'

/** The worlds that say whether a client is pinned: nobody, a stranger, an authority that the device trusts. */
export const CONTROL = 'none'
export const STRANGER = 'stranger-authority'
export const TRUSTED = 'trusted-authority'
export const WORLDS_TO_TELL: readonly string[] = [CONTROL, STRANGER, TRUSTED]

export function standing(results: readonly Result[], client: string): Standing {
  const of = (attack: string) => results.find((result) => result.client === client && result.attack === attack)
  const control = of(CONTROL)
  const stranger = of(STRANGER)
  const trusted = of(TRUSTED)
  if (control && control.verdict !== 'reached') return 'inconclusive'
  if (!control || !stranger || !trusted) return 'untried'
  if (stranger.verdict === 'not-applicable' || trusted.verdict === 'not-applicable') return 'untried'
  if (stranger.verdict === 'intercepted' || stranger.verdict === 'leaked') return 'accepts-anything'
  if (trusted.verdict === 'intercepted') return 'unpinned'
  if (stranger.verdict !== 'blocked' || trusted.verdict === 'inconclusive') return 'inconclusive'
  if (trusted.verdict !== 'blocked') return 'ill-pinned'
  // A program that is not ours names no reason: there the difference between the two worlds has to do.
  const unnamed = trusted.reason === 'unknown' && trusted.expected.reason === undefined
  return trusted.reason === 'pin' || unnamed ? 'pinned' : 'ill-pinned'
}

/** Where a control did not reach the API nothing is proved, whatever else was seen: of the client, or of one kind of attack. */
export function voidedByControl(result: Result, control: Result): Result {
  const isControl = result.attack === CONTROL || result.attack === control.attack
  if (result.verdict === 'not-applicable' || isControl || control.verdict === 'reached') return result
  const { reason: _, ...rest } = result
  return {
    ...rest,
    verdict: 'inconclusive',
    surprise: true,
    why: `the control '${control.attack}' did not reach the API: ${control.why}`,
  }
}
