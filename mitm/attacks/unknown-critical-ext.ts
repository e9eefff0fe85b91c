import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate carries an extension that nobody knows and that nobody may ignore.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Refuse what is marked critical and is not understood: it may say that the certificate is not for this.',
  present: (host, forger) => forger.signedBy('trusted', host, { irregular: { unknownCritical: true } }),
  references: ['RFC 5280 section 4.2', 'TLSPretense: unknown critical extension'],
} satisfies Attack
