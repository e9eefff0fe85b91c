import { createPublicKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { PinError, type Seen } from './errors.ts'
import { canonicalHost } from './host.ts'
import { address, seenOf } from './report.ts'
import { pinOfKey } from './spki.ts'
import { presentedBy, type Target } from './trust.ts'

export interface Inspection {
  /** `api.test:8443` or the file's path. */
  readonly source: string
  /** Leaf first; empty for a file that holds a key only. */
  readonly certificates: readonly InspectedCertificate[]
  /** The pin of a lone key. */
  readonly key?: string
  /** Of a host: `TLSv1.3`. */
  readonly tls?: string
  /** Of a host: `verified`, or why the roots that this Node trusts do not vouch for it. */
  readonly trust?: string
}

export interface InspectedCertificate extends Seen {
  /** ISO 8601 */
  readonly validFrom: string
  readonly validTo: string
  /** Whether the next certificate's key made the signature; undefined for the last one. */
  readonly signedByNext?: boolean
}

export interface InspectOptions {
  /** The SNI, when it is not the host. */
  readonly servername?: string
  /** ms */
  readonly timeout: number
  readonly signal?: AbortSignal
}

/**
 * The certificates that a server shows, leaf first, whether or not anybody should trust them. Nothing is sent to it.
 * @throws PinError UNREACHABLE, NOT_TLS, CONNECT_TIMEOUT, HOST_REFUSED
 */
export async function inspectHost(target: Target, options: InspectOptions): Promise<Inspection> {
  const servername = serverNameOf(target, options)
  const socket = connect({
    host: target.host,
    port: target.port,
    // To look at a certificate is not to trust it; not one byte of anything follows.
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
  })
  try {
    await handshake(socket, target, options)
    return {
      source: address(target.host, target.port),
      certificates: describe(presentedBy(socket.getPeerCertificate(true))),
      tls: socket.getProtocol() ?? 'unknown',
      // Node types it as an Error, and gives the code of one.
      trust: socket.authorized ? 'verified' : String(socket.authorizationError),
    }
  } finally {
    socket.destroy()
  }
}

function serverNameOf({ host }: Target, { servername }: InspectOptions): string | undefined {
  if (servername === undefined) return isIP(host) ? undefined : host
  const name = canonicalHost(servername)
  if (!isIP(name)) return name
  throw new PinError('HOST_REFUSED', `${name} is an address, and no server can be asked for one (RFC 6066 section 3)`)
}

function handshake(socket: TLSSocket, target: Target, { timeout, signal }: InspectOptions): Promise<void> {
  const where = address(target.host, target.port)
  let timer: NodeJS.Timeout | undefined
  const done = new Promise<void>((resolve, reject) => {
    // Not socket.setTimeout: that one begins anew with every byte.
    timer = setTimeout(() => {
      reject(new PinError('CONNECT_TIMEOUT', `${where} did not finish a handshake within ${timeout} ms`))
    }, timeout)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    socket.once('secureConnect', resolve)
    socket.on('error', (error: Error & { code?: string }) => reject(explainConnect(error, where)))
  })
  return done.finally(() => clearTimeout(timer))
}

function explainConnect(error: Error & { code?: string }, where: string): PinError {
  const { code = '' } = error
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code === 'ECONNRESET') {
    return new PinError('NOT_TLS', `what answers at ${where} ends a TLS handshake with ${code}`, {
      cause: error,
      hint: 'is it the right port, and does it speak TLS?',
    })
  }
  const why = code === 'ENOTFOUND' ? 'the name is not known' : code === 'ECONNREFUSED' ? 'nothing listens there' : code
  return new PinError('UNREACHABLE', `${where} cannot be reached: ${why || error.message}`, { cause: error })
}

/**
 * The certificates of a PEM file, or the pin of the key in it: a backup key has no certificate yet.
 * @throws PinError FILE_INVALID
 */
export function inspectFile(path: string, content: Buffer): Inspection {
  const text = content.toString('latin1')
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? []
  const certificates = blocks.filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'))
  const key = blocks.find((block) => /^-----BEGIN [A-Z ]*(PRIVATE|PUBLIC) KEY-----/.test(block))
  try {
    if (certificates.length > 0) {
      return { source: path, certificates: describe(certificates.map((pem) => new X509Certificate(pem))) }
    }
    if (key) return { source: path, certificates: [], key: pinOfKey(createPublicKey(key)) }
  } catch (error) {
    throw fileInvalid(path, whyUnreadable(key, error), error)
  }
  throw fileInvalid(path, whatElse(content, text, blocks[0]))
}

function whyUnreadable(key: string | undefined, error: unknown): string {
  if (key && /ENCRYPTED/.test(key))
    return 'the key in it is encrypted: openssl pkey -in … -pubout gives its public half'
  return error instanceof Error ? error.message : String(error)
}

function whatElse(content: Buffer, text: string, block: string | undefined): string {
  if (content.length === 0) return 'it is empty'
  if (content[0] === 0x30) return 'it is DER: openssl x509 -inform der -in … writes PEM'
  if (block) return `it holds a ${block.slice(11, block.indexOf('-----', 11)).toLowerCase()}`
  return text.includes('-----BEGIN') ? 'its PEM is cut off' : 'there is no PEM in it'
}

function fileInvalid(path: string, why: string, cause?: unknown): PinError {
  return new PinError('FILE_INVALID', `${path} holds no certificate and no key that can be read: ${why}`, { cause })
}

function describe(certificates: readonly X509Certificate[]): InspectedCertificate[] {
  return certificates.map((certificate, depth) => {
    const next = certificates[depth + 1]
    return {
      ...seenOf(certificate, depth),
      validFrom: certificate.validFromDate.toISOString(),
      validTo: certificate.validToDate.toISOString(),
      ...(next ? { signedByNext: certificate.verify(next.publicKey) } : {}),
    }
  })
}
