import { X509Certificate } from 'node:crypto'
import { certificatesOf } from '#certs/credentials.ts'
import { pinOfSpki } from '#certs/key.ts'

/** A certificate as it was sent, summed up for who does not read PEM. JSON; dates are ISO 8601. */
export interface SentCertificate {
  /** 0 is the leaf's. */
  readonly position: number
  /** `CN=api.lab.test, O=Lab`; empty where the certificate says nothing. */
  readonly subject: string
  readonly issuer: string
  /** The subjectAltName's entries as OpenSSL writes them: `DNS:api.lab.test`. */
  readonly names: readonly string[]
  /** Absent where the date cannot be read. */
  readonly notBefore?: string
  readonly notAfter?: string
  /** `EC P-256`, `RSA 2048` */
  readonly key: string
  /** `sha256/…` of the public key; absent where that cannot be read. */
  readonly pin?: string
  /** SHA-256 over the whole certificate, with colons. */
  readonly fingerprint: string
  /** Whether its basic constraints let it sign others. */
  readonly isAuthority: boolean
  readonly selfSigned: boolean
  /** Position of the one that signed it, when that was sent too. */
  readonly signer?: number
  /** Whether it stands between the leaf and its last known signer. */
  readonly onPath: boolean
}

/** Bytes that Node cannot read as a certificate, malformed on purpose or not. */
export interface UnreadableCertificate {
  readonly position: number
  /** Why, in OpenSSL's words. */
  readonly unreadable: string
}

export type ChainLink = SentCertificate | UnreadableCertificate

/** Sums up chains, each distinct one once: the same ones come again and again, and reading them takes time. */
export function chainReader(): (pem: string) => readonly ChainLink[] {
  const known = new Map<string, readonly ChainLink[]>()
  return (pem) => {
    const chain = known.get(pem) ?? chainOf(pem)
    known.set(pem, chain)
    return chain
  }
}

/** The certificates of a PEM text in the order sent. Never throws, whatever they are. */
export function chainOf(pem: string): readonly ChainLink[] {
  const read = certificatesOf(pem).map(readCertificate)
  const signers = read.map((certificate) =>
    certificate instanceof X509Certificate ? read.findIndex((other) => signed(other, certificate)) : -1,
  )
  const path = pathFrom(signers)
  return read.map((certificate, position) => {
    if (!(certificate instanceof X509Certificate)) return { position, unreadable: certificate }
    const signer = signers[position] ?? -1
    return {
      position,
      ...described(certificate),
      ...(signer >= 0 ? { signer } : {}),
      onPath: path.has(position),
    }
  })
}

/** `api.lab.test` out of `CN=api.lab.test, O=Lab`; the whole where there is no common name. */
export function shortName(distinguishedName: string): string {
  const [, commonName] = /(?:^|, )CN=(.+?)(?=, [A-Za-z.0-9]+=|$)/s.exec(distinguishedName) ?? []
  return commonName ?? (distinguishedName || 'no name')
}

/** `until 2027-01-01`, `ran out 2020-01-01`, `begins 2030-01-01`. */
export function validityOf(
  { notBefore, notAfter }: Pick<SentCertificate, 'notBefore' | 'notAfter'>,
  at: string,
): string {
  if (notAfter === undefined || notBefore === undefined) return 'an unreadable date'
  if (Date.parse(at) > Date.parse(notAfter)) return `ran out ${notAfter.slice(0, 10)}`
  if (Date.parse(at) < Date.parse(notBefore)) return `begins ${notBefore.slice(0, 10)}`
  return `until ${notAfter.slice(0, 10)}`
}

function readCertificate(pem: string): X509Certificate | string {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function signed(signer: X509Certificate | string, certificate: X509Certificate): boolean {
  if (!(signer instanceof X509Certificate) || signer.fingerprint256 === certificate.fingerprint256) return false
  // What throws is a key or a signature of a kind that Node does not know.
  return orElse(false, () => certificate.issuer === signer.subject && certificate.verify(signer.publicKey))
}

function pathFrom(signers: readonly number[]): ReadonlySet<number> {
  const path = new Set<number>()
  // Two that have signed each other would lead round for ever.
  for (let at = 0; at >= 0 && at < signers.length && !path.has(at); at = signers[at] ?? -1) path.add(at)
  return path
}

function described(certificate: X509Certificate): Omit<SentCertificate, 'position' | 'signer' | 'onPath'> {
  const notBefore = isoDate(() => certificate.validFromDate)
  const notAfter = isoDate(() => certificate.validToDate)
  const pin = orElse(undefined, () => pinOfSpki(certificate.publicKey.export({ type: 'spki', format: 'der' })))
  return {
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    names: orElse([], () => namesIn(certificate.subjectAltName)),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    key: orElse('unknown key', () => keyOf(certificate)),
    ...(pin === undefined ? {} : { pin }),
    fingerprint: certificate.fingerprint256,
    isAuthority: orElse(false, () => certificate.ca),
    selfSigned: certificate.issuer === certificate.subject,
  }
}

// Node gives undefined for an empty name, whatever its types say.
function onOneLine(name: string | undefined): string {
  return name?.replaceAll('\n', ', ') ?? ''
}

// An entry with a comma or a control character in it is written as a JSON string: one entry all the same.
function namesIn(subjectAltName: string | undefined): string[] {
  const entries = subjectAltName?.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? []
  return entries.map((entry) => entry.trim())
}

function isoDate(read: () => Date): string | undefined {
  return orElse(undefined, () => read().toISOString())
}

function keyOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType = '', asymmetricKeyDetails = {} } = publicKey
  const { namedCurve, modulusLength } = asymmetricKeyDetails
  const size = namedCurve === 'prime256v1' ? 'P-256' : (namedCurve ?? modulusLength ?? '')
  return `${asymmetricKeyType.toUpperCase()} ${size}`.trim()
}

/** Malformed certificates are part of the experiment: what cannot be read of one must not keep the rest from being told. */
function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
