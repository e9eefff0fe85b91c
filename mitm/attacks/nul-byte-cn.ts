import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

export default {
  title: 'The common name, for want of a subjectAltName, is the host, a NUL byte and a domain of the attacker’s.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare whole strings with their lengths; a name does not end at a NUL byte.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      commonName: `${host}\0.${HOSTS.evil}`,
      irregular: { alternativeNames: null },
    }),
  references: ['CVE-2009-2408', 'TLSPretense: nullincname'],
} satisfies Attack
