import { randomBytes } from 'node:crypto'
import { HOSTS, NASA_HOSTS, SELF_SIGNED_NAMES } from '#kit/names.ts'
import { createAuthority, issue } from './authority.ts'
import { lasting, type Validity } from './certificate.ts'
import { type Credentials, leafOf, pinOfCertificate } from './credentials.ts'
import { type KeyType, newKey, pinOfKey } from './key.ts'

/** All that the lab's parties need to vouch for themselves, in memory. */
export interface Material {
  readonly root: Credentials
  readonly intermediate: Credentials
  /** The article's deployment: the proxy's own self-signed pair. */
  readonly proxySelfSigned: Credentials
  /** The production-like deployment: leaf and intermediate. */
  readonly proxyCaSigned: Credentials
  /** Made in advance and kept away from the server; PKCS#8 PEM. */
  readonly backupKeys: { readonly selfSigned: string; readonly caSigned: string }
  readonly nasa: Credentials
  readonly attestation: Credentials
  /** 32 random bytes, base64url. */
  readonly attestationSecret: string
  readonly attacker: { readonly trustedAuthority: Credentials; readonly otherHost: Credentials }
  readonly shipped: ShippedPins
}

/** What an app built now would have inside. */
export interface ShippedPins {
  /** The proxy's self-signed certificate, PEM. */
  readonly certificate: string
  /** The current key first, then the backup. */
  readonly pins: readonly { readonly host: string; readonly pins: readonly string[] }[]
}

export interface MaterialOptions {
  readonly now: Date
  /** How long leaves last; authorities last ten years or longer. */
  readonly days?: number
  readonly keyType?: KeyType
}

export async function createMaterial(options: MaterialOptions): Promise<Material> {
  const { now, days = 365, keyType = 'ec-p256' } = options
  const long = lasting(now, Math.max(3650, days))
  const leaf = { validity: lasting(now, days), keyType }
  const root = await createAuthority({ name: 'Pinning Lab Root', validity: long, keyType })
  const intermediate = await createAuthority({
    name: 'Pinning Lab Intermediate',
    validity: long,
    keyType,
    signedBy: root,
  })
  const signed = (...names: string[]) => issue({ ...leaf, names, signedBy: intermediate })
  const [proxySelfSigned, proxyCaSigned, nasa, attestation, otherHost, trustedAuthority, ...backups] =
    await Promise.all([
      issue({ ...leaf, names: SELF_SIGNED_NAMES }),
      signed(HOSTS.api),
      signed(NASA_HOSTS.api, NASA_HOSTS.pictures),
      signed(HOSTS.attestation),
      signed(HOSTS.evil),
      attackersAuthority(long),
      newKey(keyType),
      newKey(keyType),
    ])
  const backupKeys = { selfSigned: backups[0], caSigned: backups[1] }
  return {
    ...{ root, intermediate, proxySelfSigned, proxyCaSigned, backupKeys, nasa, attestation },
    attestationSecret: randomBytes(32).toString('base64url'),
    attacker: { trustedAuthority, otherHost },
    shipped: shippedPins({ proxySelfSigned, proxyCaSigned, backupKeys }),
  }
}

export function shippedPins(material: Pick<Material, 'proxySelfSigned' | 'proxyCaSigned' | 'backupKeys'>): ShippedPins {
  return {
    certificate: leafOf(material.proxySelfSigned.chain),
    pins: [
      {
        host: HOSTS.api,
        pins: [pinOfCertificate(material.proxyCaSigned.chain), pinOfKey(material.backupKeys.caSigned)],
      },
    ],
  }
}

// Named like the authority of an interception product: nothing in its name tells it apart from an honest one.
function attackersAuthority(validity: Validity): Promise<Credentials> {
  return createAuthority({ name: 'Corporate Inspection Root', organisation: 'Corporate IT', validity })
}
