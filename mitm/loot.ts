import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from '#certs/credentials.ts'
import { FINDS } from '#certs/find-names.ts'
import type { Loot } from '#certs/forger.ts'
import { codeOf, LabError } from '#kit/error.ts'

/**
 * What the attacker owns whatever it is told: an authority that some devices trust, an honest certificate for its own
 * host, and the certificates that came its way. Half a pair, or none, is no loot; only the attack that needs it complains.
 * @throws LabError CANNOT_READ for a file that is there and may not be read
 */
export async function ownLoot(folder: string): Promise<Loot> {
  const [trustedAuthority, otherHost, ...finds] = await Promise.all([
    pair(folder, 'trusted-authority'),
    pair(folder, 'other-host'),
    ...FINDS.map(async (name) => [name, await readIfThere(join(folder, `${name}.pem`))] as const),
  ])
  const found = finds.filter(([, chain]) => chain !== undefined)
  return {
    ...(trustedAuthority ? { trustedAuthority } : {}),
    ...(otherHost ? { otherHost } : {}),
    ...(found.length > 0 ? { finds: Object.fromEntries(found) } : {}),
  }
}

async function pair(folder: string, name: string): Promise<Credentials | undefined> {
  const [chain, key] = await Promise.all([
    readIfThere(join(folder, `${name}.pem`)),
    readIfThere(join(folder, `${name}-key.pem`)),
  ])
  return chain !== undefined && key !== undefined ? { key, chain } : undefined
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new LabError('CANNOT_READ', `cannot read the attacker's loot from ${path}: ${codeOf(error)}`, {
      cause: error,
      hint: 'make it anew: npm run certs',
    })
  }
}
