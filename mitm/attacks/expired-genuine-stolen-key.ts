import type { Attack } from '../attack.ts'

// Until when a stolen key can be used is all that dates can do for its owner, and a pin in place of them undoes it.
export default {
  title: 'The attacker holds the pinned key, and the certificate that the host had around it until it ran out.',
  family: 'validity',
  holds: 'stolen-key',
  stoppedBy: ['validity', 'certificate-pin'],
  remedy: 'Pin in addition to chain and dates, never instead of them.',
  present: (host, forger) => forger.stolen(host, forger.former(host)),
  references: ['TrustKit: testPinnedDomainExpiredChain', 'RFC 7469 section 2.6'],
} satisfies Attack
