import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'The attacker resets a first connection, and attacks what the client makes of that.',
  family: 'pin-bypass',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  story: [look('tcp-reset'), look('attacks')],
  control: 'none-after-reset',
  remedy: 'Pin each attempt like the first, whatever came of the one before.',
  references: ['CWE-636: not failing securely', 'RFC 7469 section 2.6: what to do when a pin fails'],
} satisfies Attack
