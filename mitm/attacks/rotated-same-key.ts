import type { Attack } from '../attack.ts'

// What a pin on the key is for. A pin on the whole certificate breaks: it has to be shipped anew each time.
export default {
  title: 'Nobody interferes, and the genuine certificate was renewed with the key it had.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: ['certificate-pin'],
  genuine: 'rotated-same-key',
  present: 'relay',
  references: ['RFC 7469 section 2.4: why the key is pinned', 'OkHttp CertificatePinnerTest: sameKeypairSamePin'],
} satisfies Attack
