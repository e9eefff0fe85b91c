import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'A TLS session that the attacker’s own site has honestly agreed on is taken up for the API.',
  family: 'reuse',
  holds: 'other-certificate',
  needs: ['unpinned-requests'],
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (_host, forger) => forger.otherHost(),
  story: [glance('elsewhere', 'relays'), look('attacks')],
  control: 'none-elsewhere',
  remedy: 'Keep TLS sessions by host, port and check, or not at all; and a Node that looks at the name again.',
  references: ['CVE-2026-48934', 'RFC 8446 section 4.6.1: a ticket is for the same server name'],
} satisfies Attack
