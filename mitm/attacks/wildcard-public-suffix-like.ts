import type { Attack } from '../attack.ts'

// Node 24 knows no list of public suffixes: *.lab.test looks to it as *.co.uk does, and is as good for every host below.
export default {
  title: 'One certificate is for every host below the parent domain, as if somebody had signed for *.co.uk.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin the key: which domains are shared by strangers is a list that Node does not have.',
  present: (host, forger) => {
    const everybody = ['*', ...host.split('.').slice(1)].join('.')
    return forger.signedBy('trusted', host, { irregular: { alternativeNames: [{ dns: everybody }] } })
  },
  references: ['RFC 9525 section 7.1', 'CA/Browser Forum Baseline Requirements section 3.2.2.6'],
} satisfies Attack
