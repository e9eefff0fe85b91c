/** A private key and the certificates that go with it. */
export interface Credentials {
  /** PKCS#8 PEM. */
  readonly key: string
  /** PEM certificates, leaf first, as a server sends them. */
  readonly chain: string
}
