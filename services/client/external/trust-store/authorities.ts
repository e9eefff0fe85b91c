import { X509Certificate } from 'node:crypto'

/** What Java's own trust store has, and what its documentation uses: it guards nothing, for all that is inside is public. */
export const TRUST_STORE_PASSWORD = 'changeit'

/** An authority under the name that it has in a store. */
export interface NamedAuthority {
  /** `authority-1`: in lower case, for Java knows no other. */
  readonly alias: string
  readonly certificate: X509Certificate
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** @param pems each with any number of certificates; one that is there twice is taken once */
export function authoritiesIn(pems: readonly string[]): NamedAuthority[] {
  const found = pems.flatMap((pem) => pem.match(CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem))
  const unlike = new Map(found.map((certificate) => [certificate.fingerprint256, certificate]))
  return [...unlike.values()].map((certificate, index) => ({ alias: `authority-${index + 1}`, certificate }))
}
