import { createHash, createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'

export type Role = 'root' | 'intermediate' | 'leaf'

/** One subjectAltName entry, byte for byte: `dns` may hold what no honest name does. */
export type AlternativeName = { readonly dns: string } | { readonly ip: string } | { readonly uri: string }

/**
 * What an attacker gets wrong on purpose. Each field replaces what the role would give; `null` leaves the extension out.
 */
export interface Irregularities {
  readonly alternativeNames?: readonly AlternativeName[] | null
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number } | null
  readonly keyUsage?: readonly KeyUse[] | null
  /** Object identifiers; see USES. */
  readonly extendedKeyUsage?: readonly string[] | null
  /** DNS subtrees, of an authority. */
  readonly nameConstraints?: { readonly permitted?: readonly string[]; readonly excluded?: readonly string[] }
  /** Neither subject nor authority key identifier: nothing but names says who issued what. */
  readonly keyIdentifiers?: null
  /** An extension that nobody knows, marked critical (RFC 5280 section 4.2: it must be refused). */
  readonly unknownCritical?: true
  /** The signature does not verify. */
  readonly brokenSignature?: true
  /** Hexadecimal; random when absent. */
  readonly serialNumber?: string
  /** What is signed is the hash that RFC 6194 and everybody since have warned of. */
  readonly digest?: 'sha1'
}

export type KeyUse = 'digitalSignature' | 'keyCertSign' | 'cRLSign' | 'keyEncipherment'

/** Extended key usages (RFC 5280 section 4.2.1.12). */
export const USES = {
  serverAuth: asn1.id_kp_serverAuth,
  clientAuth: asn1.id_kp_clientAuth,
  codeSigning: asn1.id_kp_codeSigning,
  emailProtection: asn1.id_kp_emailProtection,
} as const

export interface ExtensionPlan {
  readonly role: Role
  readonly names?: readonly string[]
  /** The subject's private key, PEM. */
  readonly key: string
  readonly irregular?: Irregularities
}

export interface ExtensionSurroundings {
  /** SubjectPublicKeyInfo, DER, of the subject and of whoever signs. */
  readonly spki: Buffer
  readonly issuerSpki: Buffer
  /** A certificate whose names are copied. */
  readonly model?: asn1.TBSCertificate
}

export function extensionsOf(plan: ExtensionPlan, { spki, issuerSpki, model }: ExtensionSurroundings): asn1.Extensions {
  const { irregular = {} } = plan
  return new asn1.Extensions([
    ...basicConstraints(plan),
    ...keyUsage(plan),
    ...extendedKeyUsage(plan),
    ...alternativeNames(plan, model),
    ...nameConstraints(irregular),
    ...(irregular.keyIdentifiers === null ? [] : keyIdentifiers(spki, issuerSpki)),
    // A number under 1.3.6.1.4.1.99999, which is nobody's; the value is a NULL.
    ...(irregular.unknownCritical ? [raw('1.3.6.1.4.1.99999.1', true, Uint8Array.of(5, 0))] : []),
  ])
}

function basicConstraints({ role, irregular }: ExtensionPlan): asn1.Extension[] {
  if (irregular?.basicConstraints === null) return []
  // An intermediate signs leaves and no further authority.
  const { ca, pathLength } = irregular?.basicConstraints ?? {
    ca: role !== 'leaf',
    ...(role === 'intermediate' && { pathLength: 0 }),
  }
  const limits = pathLength === undefined ? { cA: ca } : { cA: ca, pathLenConstraint: pathLength }
  return [extension(asn1.id_ce_basicConstraints, true, new asn1.BasicConstraints(limits))]
}

function keyUsage({ role, key, irregular }: ExtensionPlan): asn1.Extension[] {
  if (irregular?.keyUsage === null) return []
  const uses = irregular?.keyUsage ?? usualUses(role, key)
  const flags = uses.reduce((sum, use) => sum | asn1.KeyUsageFlags[use], 0)
  return [extension(asn1.id_ce_keyUsage, true, new asn1.KeyUsage(flags))]
}

function usualUses(role: Role, key: string): KeyUse[] {
  if (role !== 'leaf') return ['keyCertSign', 'cRLSign']
  const rsa = createPrivateKey(key).asymmetricKeyType === 'rsa'
  return rsa ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature']
}

function extendedKeyUsage({ role, irregular }: ExtensionPlan): asn1.Extension[] {
  const uses =
    irregular?.extendedKeyUsage === undefined
      ? role === 'leaf'
        ? [USES.serverAuth]
        : null
      : irregular.extendedKeyUsage
  return uses === null ? [] : [extension(asn1.id_ce_extKeyUsage, false, new asn1.ExtendedKeyUsage([...uses]))]
}

function alternativeNames({ names = [], irregular }: ExtensionPlan, model?: asn1.TBSCertificate): asn1.Extension[] {
  if (irregular?.alternativeNames === null) return []
  if (!irregular?.alternativeNames && model) {
    return (model.extensions ?? []).filter(({ extnID }) => extnID === asn1.id_ce_subjectAltName)
  }
  const usual = names.map((name) => (isIP(name) ? { ip: name } : { dns: name }))
  const entries = (irregular?.alternativeNames ?? usual).map(generalName)
  return entries.length === 0
    ? []
    : [extension(asn1.id_ce_subjectAltName, false, new asn1.SubjectAlternativeName(entries))]
}

function generalName(name: AlternativeName): asn1.GeneralName {
  if ('dns' in name) return new asn1.GeneralName({ dNSName: name.dns })
  if ('ip' in name) return new asn1.GeneralName({ iPAddress: name.ip })
  return new asn1.GeneralName({ uniformResourceIdentifier: name.uri })
}

function nameConstraints({ nameConstraints: limits }: Irregularities): asn1.Extension[] {
  if (!limits) return []
  const subtrees = (names: readonly string[] = []) =>
    names.length === 0
      ? undefined
      : new asn1.GeneralSubtrees(
          names.map((dNSName) => new asn1.GeneralSubtree({ base: new asn1.GeneralName({ dNSName }) })),
        )
  const [permittedSubtrees, excludedSubtrees] = [subtrees(limits.permitted), subtrees(limits.excluded)]
  const value = new asn1.NameConstraints({
    ...(permittedSubtrees && { permittedSubtrees }),
    ...(excludedSubtrees && { excludedSubtrees }),
  })
  return [extension(asn1.id_ce_nameConstraints, true, value)]
}

function keyIdentifiers(subject: Buffer, issuer: Buffer): asn1.Extension[] {
  // RFC 5280 section 4.2.1.2, method 1: SHA-1 over the bits of the key alone. An identifier, not a protection.
  const identifier = (spki: Buffer) => {
    const { subjectPublicKey } = AsnConvert.parse(spki, asn1.SubjectPublicKeyInfo)
    return new Uint8Array(createHash('sha1').update(Buffer.from(subjectPublicKey)).digest()).buffer
  }
  const authority = new asn1.AuthorityKeyIdentifier({ keyIdentifier: new asn1.KeyIdentifier(identifier(issuer)) })
  return [
    extension(asn1.id_ce_subjectKeyIdentifier, false, new asn1.SubjectKeyIdentifier(identifier(subject))),
    extension(asn1.id_ce_authorityKeyIdentifier, false, authority),
  ]
}

function extension(extnID: string, critical: boolean, value: unknown): asn1.Extension {
  return raw(extnID, critical, new Uint8Array(AsnConvert.serialize(value)))
}

function raw(extnID: string, critical: boolean, value: Uint8Array<ArrayBuffer>): asn1.Extension {
  return new asn1.Extension({ extnID, critical, extnValue: new OctetString(value.buffer) })
}
