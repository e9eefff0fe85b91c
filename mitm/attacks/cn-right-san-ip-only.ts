import type { Attack } from '../attack.ts'

// Node 24 looks at the common name whenever the subjectAltName has no DNS name, even where it has another one.
export default {
  title: 'The common name is the host, while the subjectAltName speaks of an IP address alone.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin the key, or refuse a certificate without a DNS name in its subjectAltName.',
  // An address for documentation (RFC 5737): nobody's.
  present: (host, forger) =>
    forger.signedBy('trusted', host, { irregular: { alternativeNames: [{ ip: '192.0.2.1' }] } }),
  references: ['RFC 9525 section 2: the common name is no identity', 'RFC 6125 section 6.4.4'],
} satisfies Attack
