import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'

export default {
  title: 'The common name is the host, while the subjectAltName names another one.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare the host with the subjectAltName: where there is one, the common name says nothing.',
  present: (host, forger) =>
    forger.signedBy('trusted', host, { irregular: { alternativeNames: [{ dns: HOSTS.evil }] } }),
  references: ['RFC 9525 section 6.2', 'RFC 6125 section 6.4.4', 'TLSPretense: wrongsubjectaltnamerightsubject'],
} satisfies Attack
