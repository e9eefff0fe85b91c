import type { Attack } from '../attack.ts'

// In `none` the host does not send its root, and a client may hold a pin of that all the same: pinned-authority does.
export default {
  title: 'Nobody interferes, and the genuine host sends its root too, which nobody needs.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  genuine: 'root-sent',
  present: 'relay',
  references: [
    'RFC 8446 section 4.4.2: the root may be left out',
    'OkHttp CertificatePinnerChainValidationTest: pinRootNotPresentInChain',
  ],
} satisfies Attack
