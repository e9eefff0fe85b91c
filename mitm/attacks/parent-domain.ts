import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate is for the parent domain of the host.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Compare whole names: a host that ends in a name is another host.',
  present: (host, forger) => forger.signedBy('trusted', host.split('.').slice(1).join('.')),
  references: ['RFC 9525 section 6.3', 'TLSPretense: parentinsubjectaltname'],
} satisfies Attack
