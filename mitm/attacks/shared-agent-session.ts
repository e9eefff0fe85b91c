import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'The attacker hangs up, and a pinned request takes up the TLS session that an unpinned one has agreed on.',
  family: 'reuse',
  holds: 'trusted-authority',
  needs: ['unpinned-requests'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => ({ ...(await forger.signedBy('trusted', host)), hangsUp: true }),
  story: [glance('api', 'attacks'), look('attacks')],
  control: 'none-glance',
  remedy: 'Give pinned requests an agent that nothing else uses, and let it keep no sessions: maxCachedSessions: 0.',
  references: ['CVE-2026-58040', 'RFC 8446 section 2.2: no certificate is shown when a session is resumed'],
} satisfies Attack
