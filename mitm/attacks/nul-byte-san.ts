import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

export default {
  title: 'The name in the certificate has a NUL byte behind the host, and a domain of the attacker’s behind that.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare whole strings with their lengths; a name does not end at a NUL byte.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      commonName: HOSTS.evil,
      irregular: { alternativeNames: [{ dns: `${host}\0.${HOSTS.evil}` }] },
    }),
  references: ['CVE-2009-2408', 'CVE-2009-2417', 'Marlinspike, Black Hat USA 2009'],
} satisfies Attack
