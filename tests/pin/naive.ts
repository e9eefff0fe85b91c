import { createHash, X509Certificate } from 'node:crypto'
import { request as plainRequest } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { checkServerIdentity, connect, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls'
import { toLoopback } from './server.ts'

/** Clients as they are written every day. Each claims to pin, and each makes one known mistake. */

export interface Ask {
  readonly port: number
  readonly host: string
  readonly ca: readonly string[]
  /** `sha256/…` */
  readonly pin: string
}

/** What a client says: the status, or the error's code or message. */
export type Said = number | string

export const TOKEN = 'token-that-must-not-leak'

export function pinOfPeer(certificate: PeerCertificate): string {
  return pinOf(new X509Certificate(certificate.raw))
}

function pinOf({ publicKey }: X509Certificate): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

const mismatch = () => Object.assign(new Error('pin mismatch'), { code: 'NAIVE_PIN' })

/** The right check in the right place; what a mistake leaves of it is another matter. */
export const honestCheck = (ask: Ask) => (host: string, certificate: PeerCertificate) =>
  checkServerIdentity(host, certificate) ?? (pinOfPeer(certificate) === ask.pin ? undefined : mismatch())

export function ask({ port, host, ca, ...rest }: Ask, more: RequestOptions = {}, start = request): Promise<Said> {
  const options: RequestOptions = {
    port,
    host,
    lookup: toLoopback,
    ca: [...ca],
    headers: { 'x-token': TOKEN },
    agent: false,
    checkServerIdentity: honestCheck({ port, host, ca, ...rest }),
    ...more,
  }
  return new Promise((resolve) => {
    const outgoing = start(options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message)).end()
  })
}

/** The chain that `issuerCertificate` pretends to be. */
export function* namedChain(certificate: DetailedPeerCertificate): Generator<DetailedPeerCertificate> {
  let one: DetailedPeerCertificate | undefined = certificate
  for (let depth = 0; depth < 10 && one?.raw; depth += 1) {
    yield one
    if (one.issuerCertificate === one) return
    one = one.issuerCertificate
  }
}

/** Pins anything in the chain that Node lists by name. */
export const walkingCheck = (wanted: Ask) => (host: string, certificate: PeerCertificate) => {
  // Node gives the detailed form, whatever the type says.
  const chain = [...namedChain(certificate as DetailedPeerCertificate)]
  return (
    checkServerIdentity(host, certificate) ??
    (chain.some((one) => pinOfPeer(one) === wanted.pin) ? undefined : mismatch())
  )
}

/** The same, but each must have signed the one before it: a signature says who signed, not who was allowed to. */
export const signatureCheck = (wanted: Ask) => (host: string, certificate: PeerCertificate) => {
  // As above.
  const [leaf, ...above] = [...namedChain(certificate as DetailedPeerCertificate)].map(
    (one) => new X509Certificate(one.raw),
  )
  const chain = leaf ? [leaf] : []
  for (const signer of above) if (chain.at(-1)?.verify(signer.publicKey)) chain.push(signer)
  return (
    checkServerIdentity(host, certificate) ?? (chain.some((one) => pinOf(one) === wanted.pin) ? undefined : mismatch())
  )
}

/** Resumes the session of an earlier connection, as every agent with a session cache does. */
export async function askResumed(wanted: Ask): Promise<Said> {
  const common = {
    host: wanted.host,
    port: wanted.port,
    servername: wanted.host,
    lookup: toLoopback,
    ca: [...wanted.ca],
  }
  const session = await new Promise<Buffer>((resolve) => {
    const first = connect(common)
    first.on('error', () => {})
    first.once('session', (ticket) => {
      resolve(ticket)
      first.destroy()
    })
  })
  return new Promise((resolve) => {
    const socket = connect({ ...common, session, checkServerIdentity: honestCheck(wanted) }, () => {
      socket.write(`GET / HTTP/1.1\r\nHost: ${wanted.host}\r\nx-token: ${TOKEN}\r\n\r\n`)
    })
    socket.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message))
    socket.once('data', () => {
      resolve(200)
      socket.destroy()
    })
  })
}

/** One pool for all: an unpinned request first, then the pinned one on the same socket. */
export async function askOverSharedAgent(wanted: Ask): Promise<Said> {
  const agent = new Agent({ keepAlive: true })
  try {
    await ask(wanted, { agent, checkServerIdentity })
    // The way of http2-wrapper and others; https.request has been guarded since Node 24.18.1 (CVE-2026-58040).
    return await ask(wanted, { agent, protocol: 'https:' }, plainRequest)
  } finally {
    agent.destroy()
  }
}
