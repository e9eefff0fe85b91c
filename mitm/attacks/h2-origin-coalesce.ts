import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'The attacker’s own site says over HTTP/2 that it answers for the API too, and its certificate names both.',
  family: 'reuse',
  holds: 'trusted-authority',
  needs: ['unpinned-requests', 'http2'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => ({ ...(await forger.signedBy('trusted', host)), http2: { origins: [] } }),
  elsewhere: async (host, forger) => ({
    ...(await forger.signedBy('trusted', HOSTS.evil, {
      irregular: { alternativeNames: [{ dns: HOSTS.evil }, { dns: host }] },
    })),
    http2: { origins: [HOSTS.evil, host] },
  }),
  genuine: 'http2',
  story: [look('relays'), glance('elsewhere', 'relays'), glance('elsewhere', 'relays'), look('attacks')],
  control: 'none-coalesce',
  remedy: 'Ask each host over a connection that was opened and checked for it, and heed no ORIGIN frame.',
  references: [
    'RFC 8336 section 2.3: the origin set',
    'RFC 9113 section 9.1.1: connection reuse',
    'OkHttp: RealConnection.isEligible asks the pins before it coalesces',
  ],
} satisfies Attack
