import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'Asked once, the API answers; asked again, somebody in the middle has rewritten its answer, text and picture.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  story: [look('relays'), look('attacks')],
  control: 'none-twice',
  remedy: 'Pin every connection, and not only the first; or let the API sign what it says.',
  references: ['RFC 9421: HTTP message signatures', 'CWE-345'],
} satisfies Attack
