import { USES } from '#certs/extensions.ts'
import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate was issued to a client, to prove itself to servers, and is used as a server.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Demand serverAuth where a certificate lists what it may be used for; TLS does so unless told otherwise.',
  present: (host, forger) => forger.signedBy('trusted', host, { irregular: { extendedKeyUsage: [USES.clientAuth] } }),
  references: ['RFC 5280 section 4.2.1.12', 'badtls'],
} satisfies Attack
