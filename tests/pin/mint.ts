import 'reflect-metadata'
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Credentials } from '#certs/credentials.ts'

/** A certificate as an attacker makes it: nothing is filled in that was not asked for. */
export interface Recipe {
  /** `CN=…` */
  readonly subject: string
  readonly names?: readonly string[]
  readonly signedBy?: Minted
  /** A basicConstraints extension; none when absent. */
  readonly authority?: boolean
  readonly pathLength?: number
  /** The subject's key; a fresh P-256 key when absent. */
  readonly keys?: Keys
  readonly extensions?: readonly x509.Extension[]
  readonly from?: Date
  readonly until?: Date
  readonly hash?: 'SHA-256' | 'SHA-1'
}

export interface Keys {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export interface Minted extends Credentials {
  /** This certificate alone, PEM; `chain` is what a server would send. */
  readonly certificate: string
  readonly x509: X509Certificate
  readonly keys: Keys
  readonly subject: string
  readonly pin: string
}

const DAY = 86_400_000

export async function mint(recipe: Recipe): Promise<Minted> {
  const keys = recipe.keys ?? newKeys()
  const signer = recipe.signedBy?.keys ?? keys
  const certificate = await x509.X509CertificateGenerator.create({
    subject: recipe.subject,
    issuer: recipe.signedBy?.subject ?? recipe.subject,
    notBefore: recipe.from ?? new Date(Date.now() - DAY),
    notAfter: recipe.until ?? new Date(Date.now() + 30 * DAY),
    publicKey: new x509.PublicKey(new Uint8Array(spki(keys.publicKey))),
    signingKey: signer.privateKey.toCryptoKey(...algorithmOf(signer.privateKey, recipe.hash ?? 'SHA-256')),
    signingAlgorithm: { name: 'ECDSA', hash: recipe.hash ?? 'SHA-256' },
    extensions: extensionsOf(recipe),
  })
  const pem = `${certificate.toString('pem')}\n`
  const above = recipe.signedBy
  return {
    keys,
    subject: recipe.subject,
    certificate: pem,
    x509: new X509Certificate(pem),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: above && above.x509.subject !== above.x509.issuer ? pem + above.chain : pem,
    pin: `sha256/${createHash('sha256').update(spki(keys.publicKey)).digest('base64')}`,
  }
}

export function newKeys(type: 'ec' | 'rsa' | 'ed25519' = 'ec'): Keys {
  if (type === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** Root, intermediate and a leaf for `host`, as an honest authority makes them. */
export async function honest(host: string, name = 'Honest'): Promise<Record<'root' | 'intermediate' | 'leaf', Minted>> {
  const root = await mint({ subject: `CN=${name} Root`, authority: true })
  const intermediate = await mint({
    subject: `CN=${name} Intermediate`,
    authority: true,
    pathLength: 0,
    signedBy: root,
  })
  const leaf = await mint({ subject: `CN=${host}`, names: [host], signedBy: intermediate })
  return { root, intermediate, leaf }
}

// permittedSubtrees { dNSName evil.test }, not critical: RFC 5280 section 4.2.1.10 says it must be, attackers need not obey.
export function nameConstraints(): x509.Extension {
  const name = Buffer.from('evil.test')
  const sequence = (tag: number, inside: Buffer) => Buffer.concat([Buffer.from([tag, inside.length]), inside])
  const der = sequence(0x30, sequence(0xa0, sequence(0x30, sequence(0x82, name))))
  return new x509.Extension('2.5.29.30', false, new Uint8Array(der))
}

function extensionsOf({ names = [], authority, pathLength, extensions = [] }: Recipe): x509.Extension[] {
  return [
    ...(authority === undefined ? [] : [new x509.BasicConstraintsExtension(authority, pathLength, true)]),
    ...(names.length === 0
      ? []
      : [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))]),
    ...extensions,
  ]
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

function algorithmOf(key: KeyObject, hash: string): Parameters<KeyObject['toCryptoKey']> {
  if (key.asymmetricKeyType === 'rsa') return [{ name: 'RSASSA-PKCS1-v1_5', hash }, false, ['sign']]
  if (key.asymmetricKeyType === 'ed25519') return ['Ed25519', false, ['sign']]
  return [{ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']]
}
