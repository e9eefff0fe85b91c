import type { Attack } from '../attack.ts'

// No authority has vouched for it: this is what a pin *instead of* a chain lets through. Where the key is safe, that
// trade is the article's; where the key is gone, dates and revocation are all that is left, and they went with the chain.
export default {
  title: 'The attacker holds the pinned key itself, in a certificate that nobody but that key has signed.',
  family: 'pin-bypass',
  holds: 'stolen-key',
  stoppedBy: ['chain', 'certificate-pin', 'authority-pin'],
  remedy: 'Pin in addition to the chain, never instead of it.',
  present: (host, forger) => forger.selfSigned(host, { key: 'stolen' }),
  references: ['RFC 7469 section 2.6: pins are held against a chain that was validated', 'OkHttp CertificatePinner'],
} satisfies Attack
