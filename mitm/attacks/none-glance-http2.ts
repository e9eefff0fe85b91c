import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'Nobody attacks, the API speaks HTTP/2, and the app makes unpinned requests before its pinned one.',
  family: 'control',
  holds: 'nothing',
  needs: ['unpinned-requests', 'http2'],
  stoppedBy: [],
  present: 'relay',
  genuine: 'http2',
  story: [glance('api', 'relays'), glance('api', 'relays'), look('relays')],
  references: [],
} satisfies Attack
