import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

// Whoever skips this signature talks to anybody who knows the certificate. Nothing that Node is built on skips it, so that
// it catches only a client that takes a broken handshake for a reason to do without.
export default {
  title:
    'The handshake of TLS 1.2 is relayed, with one bit changed in the signature that proves the server has its key.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  remedy: 'Leave the handshake to a TLS library that is kept up to date, and let its failure be the end.',
  genuine: 'tls12',
  present: 'flipped-key-exchange',
  story: [look('attacks')],
  control: 'none-tls12',
  references: ['RFC 5246 section 7.4.3', 'CVE-2014-1266', 'nogotofail: serverkeyreplace'],
} satisfies Attack
