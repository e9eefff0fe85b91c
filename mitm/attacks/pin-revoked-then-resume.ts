import type { Attack } from '../attack.ts'
import { look, renewPins } from '../story.ts'

export default {
  title: 'A pin is withdrawn whose key was stolen, and the client takes up the TLS session that it was good for.',
  family: 'reuse',
  holds: 'stolen-key',
  needs: ['new-pins'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => ({
    ...(await forger.signedBy('trusted', host, { key: 'stolen' })),
    hangsUp: true,
  }),
  story: [look('attacks'), renewPins('the-backup-only'), look('attacks')],
  control: 'none-new-pins',
  remedy: 'With new pins begin anew: other connections and no TLS session of before.',
  references: ['CVE-2025-68121: Go, sessions resumed after the authorities had changed', 'RFC 8446 section 2.2'],
} satisfies Attack
