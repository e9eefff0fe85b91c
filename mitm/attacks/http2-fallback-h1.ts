import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title:
    'The attacker speaks HTTP/1.1 where the host speaks HTTP/2, and an unpinned connection is used again for a pin.',
  family: 'reuse',
  holds: 'trusted-authority',
  needs: ['unpinned-requests', 'http2'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  genuine: 'http2',
  story: [glance('api', 'attacks'), glance('api', 'attacks'), look('attacks')],
  control: 'none-glance-http2',
  remedy: 'Keep pinned and unpinned connections apart under HTTP/1.1 too, where HTTP/2 falls back to it.',
  references: ['RFC 7301: ALPN, in which the server chooses', 'https://github.com/szmarczak/http2-wrapper'],
} satisfies Attack
