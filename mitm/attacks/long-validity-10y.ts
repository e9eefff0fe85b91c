import type { Attack } from '../attack.ts'

const DAY = 24 * 60 * 60 * 1000

// Browsers refuse it; Node has no such rule (seen on Node 20 to 26): how long is long enough is its user's to say.
export default {
  title: 'An authority that the device trusts has signed for the attacker, for ten years.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin, or refuse lifetimes beyond those of the CA/Browser Forum: Node itself has no opinion.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      notBefore: new Date(forger.now.getTime() - DAY),
      notAfter: new Date(forger.now.getTime() + 3650 * DAY),
    }),
  references: ['CA/Browser Forum Baseline Requirements section 6.3.2', 'RFC 5280 section 4.1.2.5'],
} satisfies Attack
