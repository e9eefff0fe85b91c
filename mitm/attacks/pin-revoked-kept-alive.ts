import type { Attack } from '../attack.ts'
import { look, renewPins } from '../story.ts'

export default {
  title: 'A pin is withdrawn whose key was stolen, and the client goes on over the connection that it was good for.',
  family: 'reuse',
  holds: 'stolen-key',
  needs: ['new-pins'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host, { key: 'stolen' }),
  story: [look('attacks'), renewPins('the-backup-only'), look('attacks')],
  control: 'none-new-pins',
  remedy: 'With new pins begin anew: other connections and no TLS session of before.',
  references: ['CWE-613: insufficient session expiration', 'RFC 7469 section 4.3: a pinned key that was stolen'],
} satisfies Attack
