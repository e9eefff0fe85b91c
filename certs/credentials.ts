import { createPrivateKey, X509Certificate } from 'node:crypto'
import { SocketAddress } from 'node:net'
import { pinOfSpki } from './key.ts'

/** A private key and the certificates that go with it. */
export interface Credentials {
  /** PKCS#8 PEM. */
  readonly key: string
  /** PEM certificates, leaf first, as a server sends them. */
  readonly chain: string
}

/** The certificates of a chain file, one PEM text each, in the order written. */
export function certificatesOf(chain: string): string[] {
  return (chain.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((pem) => `${pem}\n`)
}

/** The first certificate of a chain, PEM; empty when there is none. */
export function leafOf(chain: string): string {
  return certificatesOf(chain)[0] ?? ''
}

/** `sha256/…` of the public key in the first certificate. */
export function pinOfCertificate(chain: string): string {
  return pinOfSpki(new X509Certificate(leafOf(chain)).publicKey.export({ type: 'spki', format: 'der' }))
}

/** Whether the key is the one in the first certificate. Throws when either cannot be read. */
export function keyMatches({ key, chain }: Credentials): boolean {
  return new X509Certificate(leafOf(chain)).checkPrivateKey(createPrivateKey(key))
}

/** Host names and addresses of the first certificate; its common name when it has no subjectAltName of these kinds. */
export function namesOf(chain: string): string[] {
  const certificate = new X509Certificate(leafOf(chain))
  const names = (certificate.subjectAltName ?? '').split(', ').flatMap((entry) => {
    const [, kind, name] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? []
    if (name === undefined) return []
    // OpenSSL writes 0:0:0:0:0:0:0:1 where everybody else writes ::1.
    return [kind !== 'DNS' && name.includes(':') ? new SocketAddress({ address: name, family: 'ipv6' }).address : name]
  })
  return names.length > 0 ? names : [commonNameOf(certificate)].filter((name) => name !== '')
}

export function commonNameOf(certificate: X509Certificate): string {
  return /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? ''
}
