import type { Attack } from '../attack.ts'
import { look, replay } from '../story.ts'

export default {
  title: 'The attacker sends an intercepted request again, byte for byte in what matters, and then once more.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  genuine: 'enforces',
  story: [look('attacks'), replay('as-read'), replay('as-read')],
  control: 'none-enforced',
  remedy: 'Pin; where a second time does harm, the API must see that it is the second: a nonce, or an idempotency key.',
  references: ['RFC 8446 section 8: what replay means where nothing forbids it', 'CWE-294'],
} satisfies Attack
