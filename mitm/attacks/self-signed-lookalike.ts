import type { Attack } from '../attack.ts'

export default {
  title: 'A self-signed certificate copies the names and dates of the genuine one, around another key.',
  family: 'trust',
  holds: 'nothing',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.lookalike(host),
  references: ['certmitm: self_signed', 'nogotofail: selfsigned', 'badssl.com: self-signed'],
} satisfies Attack
