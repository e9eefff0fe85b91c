import { isIP } from 'node:net'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack, World } from '#mitm/attack.ts'

export interface Reach {
  readonly host: string
  /** The program is told where to go, and so can be told another spelling. */
  readonly told: boolean
  /** The attacker's authority may bear the name of the one that signed for the API. */
  readonly namesake: boolean
}

/** Attacks for which that name is enough: it stands in the genuine chain. */
const BY_NAME_ALONE = ['walk-dn-collision-int']

const OUT_OF_HAND: Readonly<Partial<Record<World, string>>> = {
  'stolen-key': 'nobody but its owner has the key of your API',
  'other-certificate': 'it takes an honest certificate for another name, from an authority that everybody trusts',
  'namesake-authority': 'it takes a name or a certificate that what your API sends does not give away',
  'careless-authority': 'it takes an authority that everybody trusts, and that signs what it should not',
}

/** Why the attack cannot be played between a program and an API that is not the lab's, in a sentence. */
export function outOfReach(
  attack: Entry<Attack>,
  control: Entry<Attack> | undefined,
  reach: Reach,
): string | undefined {
  return reason(attack, reach) ?? (control && reason(control, reach))
}

function reason(attack: Entry<Attack>, { host, told, namesake }: Reach): string | undefined {
  const { holds, genuine, story = [], clear, spelling, needs = [] } = attack
  if (story.some(({ act }) => act === 'replay')) return 'nothing is ever replayed at your API'
  const unheld = namesake && BY_NAME_ALONE.includes(attack.id) ? undefined : OUT_OF_HAND[holds]
  if (unheld) return unheld
  if (genuine) return 'your API is as it is, and the lab cannot set it up otherwise'
  if (needs.length > 0) return 'it asks your API for more than your program asks by itself'
  // A proxy for https is not one for http.
  if (clear) return 'in clear the program would go past the lab, to your API'
  if (spelling && !told) return 'the name has to be spelt otherwise, and the program is not told {url} or {host}'
  return spelling && isIP(host) !== 0 ? 'an address is spelt in one way only' : undefined
}
