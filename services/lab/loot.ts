import type { Loot } from '#certs/forger.ts'
import type { Material } from '#certs/material.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { Deployment } from '#client/client.ts'
import type { World } from '#mitm/attack.ts'

/** What the attacker holds in a world, and no more. */
export function lootOf(material: Material, world: World, deployment: Deployment): Loot {
  const { trustedAuthority, otherHost } = material.attacker
  if (world === 'nothing') return {}
  if (world === 'other-certificate') return { otherHost }
  if (world === 'trusted-authority') return { trustedAuthority }
  const { key } = deployment === 'self-signed' ? material.proxySelfSigned : material.proxyCaSigned
  return { trustedAuthority, stolenKeys: { [HOST_OF[deployment]]: key } }
}
