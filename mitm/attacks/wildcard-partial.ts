import type { Attack } from '../attack.ts'

// Node 24 lets an asterisk stand within a label, as RFC 6125 allowed and RFC 9525 does not; OkHttp refuses it.
export default {
  title: 'An asterisk stands for the middle of the host’s first label.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin the key, or refuse an asterisk that is not a whole label.',
  present: (host, forger) => {
    const [label = '', ...domain] = host.split('.')
    const partial = [`${label.slice(0, 1)}*${label.slice(-1)}`, ...domain].join('.')
    return forger.signedBy('trusted', host, { irregular: { alternativeNames: [{ dns: partial }] } })
  },
  references: ['RFC 9525 section 6.3', 'x509-limbo: webpki::san::wildcard-embedded-leftmost-san'],
} satisfies Attack
