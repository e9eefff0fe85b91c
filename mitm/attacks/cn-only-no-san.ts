import type { Attack } from '../attack.ts'

// Node 24 falls back to the common name, as RFC 2818 once allowed; browsers and OkHttp do not.
export default {
  title: 'The certificate has the host as its common name, and no subjectAltName at all.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin the key, or refuse a certificate without a DNS name in its subjectAltName.',
  present: (host, forger) => forger.signedBy('trusted', host, { irregular: { alternativeNames: null } }),
  references: ['RFC 9525 section 2: the common name is no identity', 'x509-limbo: webpki::san::no-san'],
} satisfies Attack
