import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate is honest and valid, but for another host, which the attacker owns.',
  family: 'names',
  holds: 'other-certificate',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin'],
  present: (_host, forger) => forger.otherHost(),
  references: [
    'RFC 9525 section 6: verifying service identity',
    'certmitm: real_cert',
    'nogotofail: invalidhostname',
    'Stone, Chothia and Garcia, Spinner, ACSAC 2017',
  ],
} satisfies Attack
