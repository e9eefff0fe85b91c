import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'An HTTP/2 session that unpinned requests have opened carries a pinned one.',
  family: 'reuse',
  holds: 'trusted-authority',
  needs: ['unpinned-requests', 'http2'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => ({ ...(await forger.signedBy('trusted', host)), http2: { origins: [] } }),
  genuine: 'http2',
  // Twice: some pools spend a first connection on asking which protocol there is.
  story: [glance('api', 'attacks'), glance('api', 'attacks'), look('attacks')],
  control: 'none-glance-http2',
  remedy: 'Let a pool of sessions tell whom each was checked for, or give pinned requests a session of their own.',
  references: ['RFC 9113 section 9.1.1: connection reuse', 'https://github.com/szmarczak/http2-wrapper'],
} satisfies Attack
