import type { Attack } from '../attack.ts'

export default {
  title: 'An authority that the device has never heard of has signed for the attacker.',
  family: 'trust',
  holds: 'nothing',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('stranger', host),
  references: ['RFC 5280 section 6.1: the path must end at a trust anchor', 'TLSPretense: unknownca'],
} satisfies Attack
