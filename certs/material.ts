import { randomBytes, X509Certificate } from 'node:crypto'
import { HOSTS } from '#kit/names.ts'
import { type Credentials, certificatesOf, leafOf, pinOfCertificate } from './credentials.ts'
import type { Find } from './find-names.ts'
import { keyTypeOf, newKey, pinOfKey } from './key.ts'
import { isPrivateKey } from './pair.ts'
import { completePairs, type FoundPairs, type MaterialOptions, type PairName, type Pieces } from './pieces.ts'

/** All that the lab's parties need to vouch for themselves, in memory. */
export interface Material {
  readonly root: Credentials
  readonly intermediate: Credentials
  /** The article's deployment: the proxy's own self-signed pair. */
  readonly proxySelfSigned: Credentials
  /** The production-like deployment: leaf and intermediate. */
  readonly proxyCaSigned: Credentials
  /** Made in advance and kept away from the server; PKCS#8 PEM. */
  readonly backupKeys: BackupKeys
  readonly nasa: Credentials
  readonly attestation: Credentials
  /** 32 random bytes, base64url. */
  readonly attestationSecret: string
  readonly attacker: { readonly trustedAuthority: Credentials; readonly otherHost: Credentials }
  readonly shipped: ShippedPins
  /** What opens each party's control port to the lab, base64url. */
  readonly backstageTokens: BackstageTokens
  /** An authority that came with a provided pair, for the device to trust beside the lab's; PEM. */
  readonly providedAuthority?: string
  /** Of an earlier generation: see findOf. */
  readonly earlierFinds?: Readonly<Partial<Record<Find, string>>>
}

export interface BackupKeys {
  readonly selfSigned: string
  readonly caSigned: string
}

export interface BackstageTokens {
  readonly client: string
  readonly attacker: string
  readonly certs: string
}

/** What an app built now would have inside. */
export interface ShippedPins {
  /** The proxy's self-signed certificate, PEM. */
  readonly certificate: string
  readonly pins: readonly HostPins[]
}

interface HostPins {
  readonly host: string
  /** The current key first, then the backup. */
  readonly pins: readonly string[]
  /** The authorities above it, nearest first, the root too: for whoever pins those instead. */
  readonly authorities: readonly string[]
}

/** What an earlier generation left behind, whole or in part. */
export interface FoundMaterial {
  readonly pairs: FoundPairs
  readonly backupKeys: Partial<BackupKeys>
  readonly attestationSecret?: string
  readonly backstageTokens: Partial<BackstageTokens>
  readonly providedAuthority?: string
  readonly finds?: Readonly<Partial<Record<Find, string>>>
}

export async function createMaterial(options: MaterialOptions): Promise<Material> {
  return (await completeMaterial({ pairs: {}, backupKeys: {}, backstageTokens: {} }, options)).material
}

/** Keeps every piece that was found and can be used, and makes the rest. */
export async function completeMaterial(
  found: FoundMaterial,
  options: MaterialOptions,
): Promise<{ material: Material; pieces: Pieces }> {
  const pieces = await completePairs(found.pairs, options)
  const { trustedAuthority, otherHost, ...rest } = pieces
  const { root, intermediate, proxySelfSigned, proxyCaSigned, nasa, attestation } = rest
  const token = (known: string | undefined) => known || randomBytes(32).toString('base64url')
  const tokens = found.backstageTokens
  const pairs = { proxySelfSigned: proxySelfSigned.credentials, proxyCaSigned: proxyCaSigned.credentials }
  const proxy = { ...pairs, backupKeys: await completeBackups(found.backupKeys, pairs) }
  const providedAuthority = found.providedAuthority ? { providedAuthority: found.providedAuthority } : {}
  const material: Material = {
    ...proxy,
    root: root.credentials,
    intermediate: intermediate.credentials,
    nasa: nasa.credentials,
    attestation: attestation.credentials,
    attestationSecret: token(found.attestationSecret),
    attacker: { trustedAuthority: trustedAuthority.credentials, otherHost: otherHost.credentials },
    shipped: shippedPins({ ...proxy, root: root.credentials, ...providedAuthority }, options.apiNames),
    backstageTokens: {
      client: token(tokens.client),
      attacker: token(tokens.attacker),
      certs: token(tokens.certs),
    },
    ...providedAuthority,
    ...(found.finds ? { earlierFinds: found.finds } : {}),
  }
  return { material, pieces }
}

export function credentialsOf(material: Material, name: PairName): Credentials {
  return name === 'trustedAuthority' || name === 'otherHost' ? material.attacker[name] : material[name]
}

type Vouched = Pick<Material, 'proxySelfSigned' | 'proxyCaSigned' | 'backupKeys' | 'root' | 'providedAuthority'>

/** @param alsoCalled further names under which the CA-signed deployment is known */
export function shippedPins(material: Vouched, alsoCalled: readonly string[] = []): ShippedPins {
  const { chain } = material.proxyCaSigned
  const pins = [pinOfCertificate(chain), pinOfKey(material.backupKeys.caSigned)]
  const authorities = authoritiesAbove(chain, material.root.chain + (material.providedAuthority ?? ''))
  const hosts = [HOSTS.api, ...alsoCalled]
  return {
    certificate: leafOf(material.proxySelfSigned.chain),
    pins: hosts.map((host) => ({ host, pins, authorities })),
  }
}

// A root is not sent (RFC 8446 section 4.4.2), so that it is looked for by signature.
function authoritiesAbove(chain: string, roots: string): string[] {
  const sent = certificatesOf(chain)
  const last = new X509Certificate(sent.at(-1) ?? '')
  const root = certificatesOf(roots).find((pem) => last.verify(new X509Certificate(pem).publicKey))
  return [...new Set([...sent.slice(1), ...(root === undefined ? [] : [root])].map(pinOfCertificate))]
}

/** A backup that has come into use is none any more, and one that was lost is made anew: of the kind of the key in use. */
export async function completeBackups(
  found: Partial<BackupKeys>,
  inUse: Pick<Material, 'proxySelfSigned' | 'proxyCaSigned'>,
): Promise<BackupKeys> {
  const [selfSigned, caSigned] = await Promise.all([
    completeBackup(found.selfSigned, inUse.proxySelfSigned.key),
    completeBackup(found.caSigned, inUse.proxyCaSigned.key),
  ])
  return { selfSigned, caSigned }
}

async function completeBackup(found: string | undefined, inUse: string): Promise<string> {
  const usable = found !== undefined && isPrivateKey(found) && pinOfKey(found) !== pinOfKey(inUse)
  return usable ? found : newKey(keyTypeOf(inUse))
}
