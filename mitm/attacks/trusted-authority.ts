import type { Attack } from '../attack.ts'

export default {
  title: 'An authority that the device trusts has signed for the attacker.',
  family: 'trust',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  references: ['OWASP MASTG-TEST-0244: missing certificate pinning in network traffic', 'RFC 7469 section 1'],
} satisfies Attack
