/** The lab's own hosts end in `.test` (RFC 6761 section 6.2): nothing real is touched by mistake. */
export const HOSTS = {
  /** The proxy behind a certificate that an authority signed: the production-like deployment. */
  api: 'api.lab.test',
  /** The same proxy behind its own self-signed certificate: the article's deployment. */
  proxy: 'proxy.lab.test',
  attestation: 'attestation.lab.test',
  /** A name that the attacker owns honestly, with a certificate from the authority that everybody trusts. */
  evil: 'evil.lab.test',
} as const

/** What the stand-in answers as; the real hosts when the proxy's upstream is `real`. */
export const NASA_HOSTS = { api: 'api.nasa.gov', pictures: 'apod.nasa.gov' } as const

/** Names in the article's self-signed certificate; 10.0.2.2 is the host as an Android emulator sees it. */
export const SELF_SIGNED_NAMES = ['localhost', HOSTS.proxy, '127.0.0.1', '::1', '10.0.2.2'] as const
