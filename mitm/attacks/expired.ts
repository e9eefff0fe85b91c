import type { Attack } from '../attack.ts'

const DAY = 24 * 60 * 60 * 1000

export default {
  title: 'An authority that the device trusts signed for the attacker once, and the certificate has run out.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['validity', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      notBefore: new Date(forger.now.getTime() - 31 * DAY),
      notAfter: new Date(forger.now.getTime() - DAY),
    }),
  references: ['RFC 5280 section 6.1.3 (a)(2)', 'badssl.com: expired'],
} satisfies Attack
