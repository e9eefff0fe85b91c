import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'A connection that an unpinned request has opened is used again for a pinned one.',
  family: 'reuse',
  holds: 'trusted-authority',
  needs: ['unpinned-requests'],
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  story: [glance('api', 'attacks'), look('attacks')],
  control: 'none-glance',
  remedy: 'Give pinned requests an agent that nothing else uses.',
  references: ['CVE-2026-58040', 'https://github.com/oven-sh/bun/issues/42946'],
} satisfies Attack
