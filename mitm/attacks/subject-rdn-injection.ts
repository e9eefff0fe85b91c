import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

// Node before 12.22.9, 14.18.3, 16.13.2 and 17.3.1 took the one value for two, and believed the second.
export default {
  title: 'The common name, for want of a subjectAltName, is a text that reads like a second one, which is the host.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Read the subject from the certificate’s structure, not from the text that it prints as.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, {
      commonName: `${HOSTS.evil} + CN=${host}`,
      irregular: { alternativeNames: null },
    }),
  references: ['CVE-2021-44533', 'RFC 4514 section 2.4: how a subject is escaped when it becomes text'],
} satisfies Attack
