import type { Attack } from '../attack.ts'
import { look, replay } from '../story.ts'

// The client is read as by any authority that the device trusts; what is new is what the API then makes of it.
export default {
  title: 'The attacker makes tokens of its own out of one that it has read, and tries them at the API.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  genuine: 'enforces',
  story: [look('attacks'), replay('unsigned'), replay('own-key'), replay('altered'), replay('without')],
  control: 'none-enforced',
  remedy: 'The API names the one algorithm and the one key that it takes, and demands an expiry.',
  references: ['RFC 8725 sections 2.1 and 3.1: algorithm verification', 'CVE-2015-9235: alg none'],
} satisfies Attack
