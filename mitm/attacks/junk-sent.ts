import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the genuine host sends certificates that have nothing to do with it, and in no order.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  genuine: 'junk-sent',
  present: 'relay',
  references: [
    'RFC 8446 section 4.4.2: clients should be ready for any order, and for more than they need',
    'OkHttp CertificateChainCleanerTest: unrelatedCertificatesAreOmitted',
    'BetterTLS',
  ],
} satisfies Attack
