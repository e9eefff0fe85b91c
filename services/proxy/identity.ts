import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { codeOf } from '#kit/error.ts'

/** PEM texts: the certificates as sent, leaf first, and the private key. */
export interface Pair {
  readonly chain: string
  readonly key: string
}

/** A pair that was found fit to be shown. */
export interface Identity extends Pair {
  readonly leaf: X509Certificate
  readonly context: SecureContext
}

/** The identity, or in words what is wrong with the pair. */
export function identityOf({ chain, key }: Pair, now: Date): Identity | string {
  const certificates = certificatesIn(chain)
  if (typeof certificates === 'string') return certificates
  const [leaf] = certificates
  const privateKey = privateKeyIn(key)
  if (typeof privateKey === 'string') return privateKey
  if (!leaf.checkPrivateKey(privateKey)) return 'key and certificate do not belong together'
  for (const certificate of certificates) {
    const subject = certificate.subject.replaceAll('\n', ', ') || 'without a name'
    if (certificate.validToDate < now) return `the certificate ${subject} expired on ${certificate.validTo}`
    if (certificate.validFromDate > now)
      return `the certificate ${subject} is not valid before ${certificate.validFrom}`
  }
  try {
    return { chain, key, leaf, context: createSecureContext({ cert: chain, key, minVersion: 'TLSv1.2' }) }
  } catch (error) {
    return `TLS cannot use the pair: ${codeOf(error) ?? String(error)}`
  }
}

/** What a PEM file holds, one certificate or more, or in words what is wrong with it. */
export function certificatesIn(text: string): [X509Certificate, ...X509Certificate[]] | string {
  const begun = text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0
  const whole = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (whole.length < begun) return 'the certificate file is cut short'
  const [first, ...more] = whole
  if (first === undefined) return 'the certificate file has no certificate in PEM form'
  try {
    return [new X509Certificate(first), ...more.map((pem) => new X509Certificate(pem))]
  } catch {
    return 'the certificate file holds something that is not a certificate'
  }
}

function privateKeyIn(key: string): ReturnType<typeof createPrivateKey> | string {
  try {
    return createPrivateKey(key)
  } catch (error) {
    return codeOf(error) === 'ERR_MISSING_PASSPHRASE'
      ? 'the key file is encrypted, and there is nobody to type its passphrase'
      : 'the key file holds no whole private key in PEM form'
  }
}
