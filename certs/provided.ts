import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { LabError } from '#kit/error.ts'
import { type Credentials, namesOf } from './credentials.ts'
import { pkcs8 } from './key.ts'
import { blocksOf, type GivenFile, readPem } from './pem.ts'

export interface Provided {
  readonly key: GivenFile
  /** The certificate, or a chain with the leaf first. */
  readonly certificate: GivenFile
  readonly passphrase?: string
}

/**
 * Somebody's own pair in the lab's form: PKCS#8, leaf first. RSA, EC and Ed25519; PKCS#1, SEC1 and PKCS#8 PEM.
 * @throws LabError PROVIDED_… when the lab could not use it: one code and one next step for each way of being wrong
 */
export function providedPair(provided: Provided, now: Date): Credentials {
  refuseSwapped(provided)
  const key = readKey(provided)
  const certificates = readCertificates(provided.certificate)
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key))
  if (!leaf) throw mismatch(provided)
  const ordered = asSent(leaf, certificates)
  for (const certificate of ordered) refuseWrongDates(certificate, provided.certificate, now)
  const credentials = { key: pkcs8(key), chain: ordered.map((certificate) => certificate.toString()).join('') }
  if (namesOf(credentials.chain).length === 0) {
    throw new LabError('PROVIDED_NAMELESS', `the certificate in ${provided.certificate.path} names no host at all`, {
      hint: 'make one with names: openssl req -x509 … -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"',
    })
  }
  return credentials
}

/** Certificates of a PEM file that is no pair: an authority that goes with one. */
export function providedAuthority(file: GivenFile, now: Date): string {
  const certificates = readCertificates(file)
  for (const certificate of certificates) refuseWrongDates(certificate, file, now)
  return certificates.map((certificate) => certificate.toString()).join('')
}

function refuseSwapped({ key, certificate }: Provided): void {
  const inKey = blocksOf(key).map(({ label }) => label)
  const inCertificate = blocksOf(certificate).map(({ label }) => label)
  const isKey = (label: string) => label.endsWith('PRIVATE KEY')
  if (inKey.includes('CERTIFICATE') && !inKey.some(isKey) && inCertificate.some(isKey)) {
    throw new LabError(
      'PROVIDED_SWAPPED',
      `${key.path} holds a certificate and ${certificate.path} the key: they are swapped`,
      { hint: `name the key first: npm run certs -- provide ${certificate.path} ${key.path}` },
    )
  }
}

function readKey({ key: file, passphrase }: Provided): KeyObject {
  const [block] = readPem(file, { what: 'a private key', wanted: (label) => label.endsWith('PRIVATE KEY') })
  const text = block?.text ?? ''
  const encrypted = block?.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(text)
  if (encrypted && passphrase === undefined) {
    throw new LabError('PROVIDED_ENCRYPTED', `the key in ${file.path} is encrypted and no passphrase was given`, {
      hint: 'write the passphrase to a file and add: --passphrase-file FILE',
    })
  }
  try {
    return createPrivateKey({ key: text, ...(encrypted && { passphrase }) })
  } catch (error) {
    if (encrypted) {
      throw new LabError('PROVIDED_PASSPHRASE', `the passphrase does not open the key in ${file.path}`, {
        hint: 'look at the file given with --passphrase-file: its first line is the passphrase',
        cause: error,
      })
    }
    throw damaged(file, 'the private key', error)
  }
}

function readCertificates(file: GivenFile): X509Certificate[] {
  const blocks = readPem(file, { what: 'a certificate', wanted: (label) => label === 'CERTIFICATE' })
  try {
    return blocks.map(({ text }) => new X509Certificate(text))
  } catch (error) {
    throw damaged(file, 'a certificate', error)
  }
}

// Some tools write a chain root first. A server sends its own certificate first, then whoever signed the one before
// (RFC 8446 section 4.4.2); what signed none of them comes last.
function asSent(leaf: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const ordered = [leaf]
  const rest = new Set(certificates)
  for (let next: X509Certificate | undefined = leaf; next; ) {
    rest.delete(next)
    const last: X509Certificate = next
    next = [...rest].find((one) => last.checkIssued(one))
    if (next) ordered.push(next)
  }
  return [...ordered, ...rest]
}

function damaged({ path }: GivenFile, what: string, cause: unknown): LabError {
  return new LabError('PROVIDED_TRUNCATED', `${what} in ${path} is cut short or damaged`, {
    hint: 'copy the whole file again, from -----BEGIN to the end of the -----END line',
    cause,
  })
}

function mismatch({ key, certificate }: Provided): LabError {
  return new LabError(
    'PROVIDED_MISMATCH',
    `the key in ${key.path} and the certificate in ${certificate.path} don't belong together`,
    {
      hint: `compare: openssl pkey -in ${key.path} -pubout  and  openssl x509 -in ${certificate.path} -noout -pubkey`,
    },
  )
}

function refuseWrongDates(certificate: X509Certificate, { path }: GivenFile, now: Date): void {
  const who = certificate.subject.replaceAll('\n', ', ') || 'the certificate'
  const day = (date: Date) => date.toISOString().slice(0, 10)
  if (certificate.validToDate <= now) {
    throw new LabError('PROVIDED_EXPIRED', `${who} in ${path} expired on ${day(certificate.validToDate)}`, {
      hint: `renew it with its key: openssl x509 -in ${path} -signkey KEY -days 365 -out new.pem`,
    })
  }
  if (certificate.validFromDate > now) {
    throw new LabError(
      'PROVIDED_NOT_YET_VALID',
      `${who} in ${path} is not valid before ${day(certificate.validFromDate)}`,
      { hint: 'wait until then, or look at the clock of this machine or of the one that made it' },
    )
  }
}

/** What is allowed but may surprise, in sentences. */
export function cautions(chain: string, deployment: 'self-signed' | 'ca-signed'): string[] {
  const { subjectAltName } = new X509Certificate(chain)
  if (subjectAltName === undefined) {
    return [
      `the certificate names ${namesOf(chain).join(', ')} only as its common name: clients that check names (curl, browsers, OkHttp) ignore that, the article's client does not check`,
    ]
  }
  if (deployment === 'ca-signed' || namesOf(chain).includes('localhost')) return []
  return [`the certificate names ${namesOf(chain).join(', ')}: clients that check names refuse it for localhost`]
}
