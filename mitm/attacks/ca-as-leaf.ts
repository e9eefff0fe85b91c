import type { Attack } from '../attack.ts'

export default {
  title: 'An authority, whose key may sign certificates and nothing else, answers as the server.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Look at keyUsage of the leaf too: a key that may not sign a handshake proves nothing in one.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      irregular: { basicConstraints: { ca: true }, keyUsage: ['keyCertSign', 'cRLSign'], extendedKeyUsage: null },
    }),
  references: ['RFC 5280 section 4.2.1.3', 'RFC 8446 section 4.4.2.2', 'x509-limbo: CA as a leaf'],
} satisfies Attack
