import type { Find } from '#certs/find-names.ts'
import { findOf } from '#certs/finds.ts'
import type { Loot } from '#certs/forger.ts'
import type { Material } from '#certs/material.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { Deployment } from '#client/client.ts'
import type { World } from '#mitm/attack.ts'
import { OUTSIDE_HOSTS } from './stages/hosts.ts'

const FORMER = ['former-api.lab.test', 'former-proxy.lab.test'] as const
const NAMESAKES = ['namesake-leaf', 'namesake-intermediate', 'namesake-root', ...FORMER, 'public-root'] as const
const CARELESS = ['careless-leaf', 'careless-authority'] as const

/** What the attacker holds in a world, and no more. */
export function lootOf(material: Material, world: World, deployment: Deployment): Loot {
  const { trustedAuthority, otherHost } = material.attacker
  const finds = (names: readonly Find[]) => Object.fromEntries(names.map((name) => [name, findOf(material, name)]))
  if (world === 'nothing') return {}
  if (world === 'other-certificate') return { otherHost }
  if (world === 'trusted-authority') return { trustedAuthority }
  if (world === 'namesake-authority') return { trustedAuthority, finds: finds(NAMESAKES) }
  if (world === 'careless-authority') return { trustedAuthority, finds: finds(CARELESS) }
  const { key } = deployment === 'self-signed' ? material.proxySelfSigned : material.proxyCaSigned
  const names = [HOST_OF[deployment], OUTSIDE_HOSTS[deployment]]
  return { trustedAuthority, stolenKeys: Object.fromEntries(names.map((name) => [name, key])), finds: finds(FORMER) }
}
