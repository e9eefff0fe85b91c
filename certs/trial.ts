import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'
import { codeOf, LabError } from '#kit/error.ts'
import { HOSTS } from '#kit/names.ts'
import { type Credentials, certificatesOf, leafOf } from './credentials.ts'

/**
 * Shakes hands in memory. What TLS can't use, such as RSA with 1024 bits or EC on a curve that no client offers, is better
 * refused now than met when the proxy runs.
 * @throws LabError PROVIDED_UNUSABLE
 */
export async function refuseUnusable({ key, chain }: Credentials): Promise<void> {
  const [near, far] = duplexPair()
  try {
    const secureContext = createSecureContext({ key, cert: chain, minVersion: 'TLSv1.2' })
    const server = new TLSSocket(far, { isServer: true, secureContext })
    // Whether the certificate is trusted is another question.
    const client = connect({ socket: near, rejectUnauthorized: false })
    for (const end of [server, client]) end.on('error', () => {})
    await Promise.all([once(server, 'secure'), once(client, 'secureConnect')])
  } catch (error) {
    throw new LabError('PROVIDED_UNUSABLE', `TLS cannot use the pair: ${codeOf(error) ?? 'refused by OpenSSL'}`, {
      hint: 'use RSA with 2048 bits or more, EC P-256 or Ed25519',
      cause: error,
    })
  } finally {
    near.destroy()
    far.destroy()
  }
}

/** @throws LabError PROVIDED_WRONG_NAME, PROVIDED_UNTRUSTED */
export function refuseUntrusted(chain: string, authorities: string): void {
  const leaf = new X509Certificate(leafOf(chain))
  if (leaf.checkHost(HOSTS.api) === undefined) {
    throw new LabError(
      'PROVIDED_WRONG_NAME',
      `the certificate does not name ${HOSTS.api}, which the lab's clients call`,
      {
        hint: `ask for a certificate with subjectAltName DNS:${HOSTS.api}, or leave out --deployment ca-signed`,
      },
    )
  }
  if (leadsTo(leaf, parsed(chain).slice(1), parsed(authorities))) return
  throw new LabError('PROVIDED_UNTRUSTED', 'the chain does not lead to an authority that the lab’s device trusts', {
    details: [`the certificate was issued by ${leaf.issuer.replaceAll('\n', ', ')}`],
    hint: 'give the authority too: --authority root.pem; and the intermediates in the certificate file',
  })
}

const parsed = (chain: string) => certificatesOf(chain).map((pem) => new X509Certificate(pem))

/** Whether a path of signatures leads from the certificate to an anchor, through any of those between. */
function leadsTo(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): boolean {
  const signs = (issuer: X509Certificate) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  if (anchors.some(signs)) return true
  return between.some((issuer, at) => issuer.ca && signs(issuer) && leadsTo(issuer, between.toSpliced(at, 1), anchors))
}
