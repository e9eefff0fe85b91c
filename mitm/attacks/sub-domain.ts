import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate is for a subdomain of the host.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare whole names: a name that contains the host is another name.',
  present: (host, forger) => forger.signedBy('trusted', `x.${host}`),
  references: ['RFC 9525 section 6.3'],
} satisfies Attack
