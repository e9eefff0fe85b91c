import { issue } from './authority.ts'
import { lasting } from './certificate.ts'
import { namesOf } from './credentials.ts'
import { keyTypeOf, newKey } from './key.ts'
import { completeBackups, type Material, shippedPins } from './material.ts'
import { ORGANISATION } from './pair.ts'

/** The proxy's two ways of being vouched for: by itself, as in the article, or by an authority. */
export const DEPLOYMENTS = ['self-signed', 'ca-signed'] as const
export type Deployment = (typeof DEPLOYMENTS)[number]

/**
 * `same`: every pin still matches. `backup`: only clients that hold the backup pin go on. `new`: every client that pins
 * the key refuses. A client that pins the certificate itself, as the article's does, refuses after each of them.
 */
export const KEY_CHOICES = ['same', 'backup', 'new'] as const
export type KeyChoice = (typeof KEY_CHOICES)[number]

export interface Renewal {
  readonly deployment: Deployment
  readonly key: KeyChoice
  readonly now: Date
  readonly days?: number
}

/**
 * Renews the certificate of one deployment, with the names it has. The given material is left as it is: its `shipped`
 * is what apps already out there hold, the new one's is what an app built now would hold.
 */
export async function renew<M extends Material>(material: M, renewal: Renewal): Promise<M> {
  const { pair, backup } = FIELDS[renewal.deployment]
  const current = material[pair]
  const key = await keyFor(renewal.key, current.key, material.backupKeys[backup])
  const issued = await issue({
    names: namesOf(current.chain),
    organisation: ORGANISATION,
    validity: lasting(renewal.now, renewal.days ?? 365),
    key,
    ...(renewal.deployment === 'ca-signed' ? { signedBy: material.intermediate } : {}),
  })
  const replaced = { ...material, [pair]: issued }
  const renewed = { ...replaced, backupKeys: await completeBackups(material.backupKeys, replaced) }
  return { ...renewed, shipped: shippedPins(renewed) }
}

const FIELDS = {
  'self-signed': { pair: 'proxySelfSigned', backup: 'selfSigned' },
  'ca-signed': { pair: 'proxyCaSigned', backup: 'caSigned' },
} as const

function keyFor(choice: KeyChoice, current: string, backup: string): string | Promise<string> {
  if (choice === 'same') return current
  return choice === 'backup' ? backup : newKey(keyTypeOf(current))
}

/** What a renewal means for apps that are already out there, in sentences. */
export function consequence(key: KeyChoice, deployments: readonly Deployment[]): string[] {
  const article = 'an app that trusts the old cert.pem itself refuses until it ships the new one'
  return [CONSEQUENCES[key], ...(deployments.includes('self-signed') ? [article] : [])]
}

const CONSEQUENCES: Record<KeyChoice, string> = {
  same: 'the pins are the same as before: apps that pin the key go on without an update',
  backup:
    'the backup key is now in use: apps already out there go on only if they hold its pin; a new backup key was made',
  new: 'the key is new: apps already out there that pin the key refuse',
}
