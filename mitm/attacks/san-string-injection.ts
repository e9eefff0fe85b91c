import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

// Node before 12.22.9, 14.18.3, 16.13.2 and 17.3.1 split the printed names at the comma, and believed the second one.
export default {
  title:
    'One name in the certificate contains a comma and “DNS:” with the host, for clients that split the printed list.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Read names from the certificate’s structure (checkHost), not from the text that subjectaltname prints.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      commonName: HOSTS.evil,
      irregular: { alternativeNames: [{ dns: `${HOSTS.evil}, DNS:${host}` }] },
    }),
  references: ['CVE-2021-44532'],
} satisfies Attack
