import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'Nobody attacks, and the genuine host redirects to another path of its own.',
  family: 'control',
  holds: 'nothing',
  needs: ['redirects'],
  stoppedBy: [],
  genuine: 'redirects-same-host',
  present: 'relay',
  story: [look('relays')],
  references: ['RFC 9110 section 15.4.8: 307 keeps method, body and headers'],
} satisfies Attack
