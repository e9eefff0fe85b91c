import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

// Node before 12.22.9, 14.18.3, 16.13.2 and 17.3.1 took the host of a URI for a name.
export default {
  title: 'The certificate names the host in a URI, and in no DNS name.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare the host with DNS names only: a URI identifies a service of its scheme, not a host.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      commonName: HOSTS.evil,
      irregular: { alternativeNames: [{ uri: `https://${host}/` }] },
    }),
  references: ['CVE-2021-44531', 'RFC 9525 section 6.2'],
} satisfies Attack
