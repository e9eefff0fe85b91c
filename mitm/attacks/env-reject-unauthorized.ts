import type { Attack } from '../attack.ts'

// The variable is a default: what a client says itself wins. Where nothing is said, a chain from nobody is accepted, and
// Node does not even call checkServerIdentity for it.
export default {
  title:
    'NODE_TLS_REJECT_UNAUTHORIZED=0 stands in the app’s environment, and the attacker shows a certificate from nobody.',
  family: 'tokens',
  holds: 'nothing',
  environment: 'no-verification',
  stoppedBy: ['sane-environment', 'chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('stranger', host),
  control: 'none-own-process',
  remedy: 'Say rejectUnauthorized: true, which wins over the variable, and refuse to start while it is 0.',
  references: ['https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue', 'CWE-295'],
} satisfies Attack
