import type { Armed, Attacker } from '#mitm/attacker.ts'
import type { Address } from '#mitm/relay.ts'
import type { Played, StageOrder } from '../stage.ts'

/** What the attacker has to tell when the visit is over; and, for somebody who watches, to send again. */
export async function ending(
  attacker: Attacker,
  { play }: Pick<Armed, 'play'>,
  { gallery, apiThat }: Pick<StageOrder, 'gallery'> & { readonly apiThat: (enforces: boolean) => Promise<Address> },
): Promise<Pick<Played, 'evidence' | 'replay'>> {
  const evidence = await attacker.evidence(play)
  if (!gallery) return { evidence }
  return {
    evidence,
    replay: async ({ how, enforces }) => attacker.replay(play, { how, upstream: await apiThat(enforces) }),
  }
}
