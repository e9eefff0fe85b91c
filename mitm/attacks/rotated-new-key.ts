import type { Attack } from '../attack.ts'

// The outage that pins are feared for: nobody attacks, and every client that pins the leaf turns away. Whoever pins the
// authority above it, or nothing, goes on.
export default {
  title:
    'Nobody interferes, and the genuine host has a new key that no client holds a pin of: an outage of its own making.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: ['certificate-pin', 'key-pin'],
  remedy: 'Ship the pin of the next key before it is used, and keep it somewhere else than the current one.',
  genuine: 'rotated-new-key',
  present: 'relay',
  references: [
    'RFC 7469 section 4.3: backup pins',
    'https://www.smashingmagazine.com/be-afraid-of-public-key-pinning/',
    'OkHttp CertificatePinnerChainValidationTest: pinIntermediatePresentInChain',
  ],
} satisfies Attack
