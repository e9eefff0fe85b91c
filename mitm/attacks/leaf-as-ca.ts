import type { Attack } from '../attack.ts'

export default {
  title: 'The holder of an honest certificate for another host signs with it, as if it were an authority.',
  family: 'trust',
  holds: 'other-certificate',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS: a walk of one’s own must ask each signer for its CA bit.',
  present: (host, forger) => forger.signedBy(forger.otherHost(), host),
  references: [
    'RFC 5280 section 6.1.4 (k): basicConstraints',
    'CVE-2002-0862',
    'CVE-2011-0228',
    'certmitm: real_cert_CA',
  ],
} satisfies Attack
