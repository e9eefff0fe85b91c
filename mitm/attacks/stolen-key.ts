import type { Attack } from '../attack.ts'

// The honest limit of pinning a leaf's key: whoever holds that key and an authority the device trusts is let in.
// A certificate pin notices, because the certificate around the key is another one.
export default {
  title: 'The attacker holds the pinned key itself, in a certificate from an authority that the device trusts.',
  family: 'pin-bypass',
  holds: 'stolen-key',
  stoppedBy: ['certificate-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host, { key: 'stolen' }),
  references: ['RFC 7469 section 4.3: backup pins, for when a key is lost or stolen'],
} satisfies Attack
