import type { Attack } from '../attack.ts'

export default {
  title: 'An asterisk stands where the host has two labels.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Let an asterisk stand for exactly one label.',
  present: (host, forger) => {
    const everything = ['*', ...host.split('.').slice(2)].join('.')
    return forger.signedBy('trusted', host, { irregular: { alternativeNames: [{ dns: everything }] } })
  },
  references: ['RFC 9525 section 6.3', 'RFC 2818 section 3.1'],
} satisfies Attack
