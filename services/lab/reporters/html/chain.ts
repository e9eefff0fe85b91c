import { X509Certificate } from 'node:crypto'
import { certificatesOf, commonNameOf } from '#certs/credentials.ts'
import { pinOfSpki } from '#certs/key.ts'

/** A certificate as it was sent, with what a picture of it needs. */
export interface Sent {
  /** 0 is the leaf's. */
  readonly position: number
  readonly subject: string
  readonly issuer: string
  /** `EC P-256`, `RSA 2048` */
  readonly key: string
  readonly validFrom: Date
  readonly validTo: Date
  /** `sha256/…` of the public key. */
  readonly pin: string
  /** SHA-256 over the whole certificate, with colons. */
  readonly fingerprint: string
  readonly selfSigned: boolean
  /** Position of the one that signed it, when that was sent too. */
  readonly signer?: number
  /** Whether it stands between the leaf and its last known signer. */
  readonly onPath: boolean
}

/** Bytes that Node cannot read as a certificate, malformed on purpose or not. */
export interface Unreadable {
  readonly position: number
  readonly unreadable: string
}

export function chainOf(pem: string): readonly (Sent | Unreadable)[] {
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

function readCertificate(pem: string): X509Certificate | string {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function signed(signer: X509Certificate | string, certificate: X509Certificate): boolean {
  if (!(signer instanceof X509Certificate) || signer.fingerprint256 === certificate.fingerprint256) return false
  try {
    return certificate.issuer === signer.subject && certificate.verify(signer.publicKey)
  } catch {
    // A key or a signature of a kind that Node does not know.
    return false
  }
}

function pathFrom(signers: readonly number[]): ReadonlySet<number> {
  const path = new Set<number>()
  // Two that have signed each other would lead round for ever.
  for (let at = 0; at >= 0 && at < signers.length && !path.has(at); at = signers[at] ?? -1) path.add(at)
  return path
}

function described(certificate: X509Certificate): Omit<Sent, 'position' | 'signer' | 'onPath'> {
  return {
    subject: nameOf(certificate.subject, commonNameOf(certificate)),
    issuer: nameOf(certificate.issuer, /^CN=(.+)$/m.exec(certificate.issuer ?? '')?.[1] ?? ''),
    key: keyOf(certificate),
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    pin: pinOf(certificate),
    fingerprint: certificate.fingerprint256,
    selfSigned: certificate.issuer === certificate.subject,
  }
}

// Node gives undefined for an empty subject, whatever its types say.
function nameOf(whole: string | undefined, commonName: string): string {
  return commonName || whole?.replaceAll('\n', ', ') || 'no name'
}

function keyOf(certificate: X509Certificate): string {
  try {
    const { asymmetricKeyType = '', asymmetricKeyDetails = {} } = certificate.publicKey
    const { namedCurve, modulusLength } = asymmetricKeyDetails
    const size = namedCurve === 'prime256v1' ? 'P-256' : (namedCurve ?? modulusLength ?? '')
    return `${asymmetricKeyType.toUpperCase()} ${size}`.trim()
  } catch {
    return 'unknown key'
  }
}

function pinOf(certificate: X509Certificate): string {
  try {
    return pinOfSpki(certificate.publicKey.export({ type: 'spki', format: 'der' }))
  } catch {
    return ''
  }
}
