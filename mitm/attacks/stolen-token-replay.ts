import type { Attack } from '../attack.ts'
import { look, replay } from '../story.ts'

// The honest limit of a bearer token: until it runs out, the API serves whoever brings it.
export default {
  title: 'The attacker takes the token out of an intercepted request and asks the API something of its own with it.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  genuine: 'enforces',
  story: [look('attacks'), replay('other-request')],
  control: 'none-enforced',
  remedy: 'Pin, so that nobody reads the token; let it live for minutes; bind it to what it was issued for.',
  references: ['RFC 6750 section 5.2: token replay', 'RFC 9449: tokens that are bound to a key'],
} satisfies Attack
