import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'Nobody attacks, and the app makes an unpinned request before its pinned one.',
  family: 'control',
  holds: 'nothing',
  needs: ['unpinned-requests'],
  stoppedBy: [],
  present: 'relay',
  story: [glance('api', 'relays'), look('relays')],
  references: [],
} satisfies Attack
