import { createPrivateKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'
import { LabError } from '#kit/error.ts'
import { type Credentials, leafOf } from './credentials.ts'
import { extensionsOf, type Irregularities, type Role } from './extensions.ts'
import { spkiOf } from './key.ts'

// The ASN.1 layer of @peculiar/x509 rather than its generator: that one parses again every part it has just written,
// which made the lab's ten certificates take about 110 ms instead of 45, and it hides what an attacker wants to get wrong.

export interface Validity {
  readonly from: Date
  readonly until: Date
}

export interface CertificatePlan {
  readonly role: Role
  readonly subject: Subject
  /** Host names and IP addresses for the subjectAltName. */
  readonly names?: readonly string[]
  readonly validity: Validity
  /** The subject's private key, PEM. */
  readonly key: string
  /** Whose key signs; the subject's own when absent. */
  readonly signedBy?: Credentials
  /** What an attacker gets wrong on purpose. */
  readonly irregular?: Irregularities
}

/** A common name and an organisation; or a certificate (PEM) whose subject and names are copied byte for byte. */
export type Subject = { readonly name: string; readonly organisation?: string } | { readonly copiedFrom: string }

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** From an hour ago, so that a clock that is a little behind still accepts it, until `days` from now. */
export function lasting(now: Date, days: number): Validity {
  const until = wholeSecond(now.getTime() + days * DAY)
  return { from: wholeSecond(Math.min(now.getTime(), until.getTime()) - HOUR), until }
}

/**
 * One certificate from a plain description (RFC 5280 profile), PEM.
 * @throws LabError KEY_UNSUPPORTED
 */
export function makeCertificate(plan: CertificatePlan): string {
  const spki = spkiOf(plan.key)
  const model = 'copiedFrom' in plan.subject ? parse(plan.subject.copiedFrom) : undefined
  const subject = 'copiedFrom' in plan.subject ? (model?.subject ?? new asn1.Name()) : distinguishedName(plan.subject)
  const signer = createPrivateKey(plan.signedBy?.key ?? plan.key)
  const { algorithm, hash } = signatureOf(signer, plan.irregular?.digest)
  const tbs = new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: serialNumber(plan.irregular?.serialNumber),
    signature: algorithm,
    issuer: plan.signedBy ? subjectOf(plan.signedBy) : subject,
    validity: new asn1.Validity({
      notBefore: wholeSecond(plan.validity.from.getTime()),
      notAfter: wholeSecond(plan.validity.until.getTime()),
    }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, asn1.SubjectPublicKeyInfo),
    extensions: extensionsOf(plan, {
      ...{ spki, issuerSpki: plan.signedBy ? spkiOf(plan.signedBy.key) : spki },
      ...(model && { model }),
    }),
  })
  const signature = sign(hash, Buffer.from(AsnConvert.serialize(tbs)), signer)
  // Still a well-formed signature, so that it is the arithmetic that fails and not the parser: the last bit of the last
  // number is flipped.
  if (plan.irregular?.brokenSignature) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
  const certificate = { tbsCertificate: tbs, signatureAlgorithm: algorithm, signatureValue: asBuffer(signature) }
  return pem(Buffer.from(AsnConvert.serialize(new asn1.Certificate(certificate))))
}

// Certificates count in seconds; a fraction would make the written date differ from the planned one.
const wholeSecond = (ms: number) => new Date(Math.floor(ms / 1000) * 1000)

// A Buffer is a window on a larger pool; ASN.1 wants exactly these bytes.
const asBuffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`

const parse = (certificate: string) =>
  AsnConvert.parse(new X509Certificate(certificate).raw, asn1.Certificate).tbsCertificate

// One authority signs many leaves, and reading its certificate again for each is time lost.
const subjects = new WeakMap<Credentials, asn1.Name>()

function subjectOf(authority: Credentials): asn1.Name {
  const known = subjects.get(authority) ?? parse(leafOf(authority.chain)).subject
  subjects.set(authority, known)
  return known
}

/** Random, positive, and 16 bytes long (RFC 5280 section 4.1.2.2 allows 20). */
function serialNumber(wanted?: string): ArrayBuffer {
  if (wanted !== undefined) return asBuffer(Buffer.from(/^[89a-f]/i.test(wanted) ? `00${wanted}` : wanted, 'hex'))
  const bytes = randomBytes(16)
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return asBuffer(bytes)
}

function distinguishedName({ name, organisation }: { name: string; organisation?: string }): asn1.Name {
  const part = (type: string, utf8String: string) =>
    new asn1.RelativeDistinguishedName([
      new asn1.AttributeTypeAndValue({ type, value: new asn1.AttributeValue({ utf8String }) }),
    ])
  return new asn1.Name([...(organisation ? [part('2.5.4.10', organisation)] : []), part('2.5.4.3', name)])
}

/** Object identifiers of RFC 3279 and RFC 5758. */
const SIGNATURES = {
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
} as const

type Digest = 'sha1' | 'sha256'

function signatureOf(
  key: KeyObject,
  hash: Digest = 'sha256',
): { algorithm: asn1.AlgorithmIdentifier; hash: Digest | null } {
  const identified = (algorithm: string, parameters?: null) =>
    new asn1.AlgorithmIdentifier(parameters === null ? { algorithm, parameters } : { algorithm })
  const type = key.asymmetricKeyType
  // RSA's carry an explicit NULL (RFC 4055 section 5), the others carry nothing.
  if (type === 'rsa') return { algorithm: identified(SIGNATURES.rsa[hash], null), hash }
  if (type === 'ec') return { algorithm: identified(SIGNATURES.ec[hash]), hash }
  if (type === 'ed25519') return { algorithm: identified('1.3.101.112'), hash: null }
  throw new LabError('KEY_UNSUPPORTED', `the lab cannot sign a certificate with a key of type ${type}`, {
    hint: 'use an RSA, EC or Ed25519 key',
  })
}
