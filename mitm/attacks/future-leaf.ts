import type { Attack } from '../attack.ts'

const DAY = 24 * 60 * 60 * 1000

export default {
  title: 'An authority that the device trusts has signed for the attacker, from tomorrow on.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['validity', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy:
    'Let TLS check both ends of the validity, and keep rejectUnauthorized on; a wrong clock is to be set, not to be ignored.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      notBefore: new Date(forger.now.getTime() + DAY),
      notAfter: new Date(forger.now.getTime() + 31 * DAY),
    }),
  references: ['RFC 5280 section 6.1.3 (a)(2)', 'TLSPretense: notyetvalid'],
} satisfies Attack
