import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

// The key of a server farm is in many hands, and each has a certificate around it for a name of its own.
export default {
  title: 'The attacker holds the pinned key itself, in a trusted certificate for another host.',
  family: 'pin-bypass',
  holds: 'stolen-key',
  stoppedBy: ['hostname', 'certificate-pin', 'authority-pin'],
  remedy: 'Compare the host name too: a pin says which key, and not for whom.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      key: 'stolen',
      commonName: HOSTS.evil,
      irregular: { alternativeNames: [{ dns: HOSTS.evil }] },
    }),
  references: ['RFC 7469 section 2.6: pins are checked in addition to the name', 'RFC 9525 section 6'],
} satisfies Attack
