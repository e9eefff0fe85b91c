import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'Nobody attacks, and the app asks another host, unpinned, before the API.',
  family: 'control',
  holds: 'other-certificate',
  needs: ['unpinned-requests'],
  stoppedBy: [],
  present: 'relay',
  story: [glance('elsewhere', 'relays'), look('relays')],
  references: [],
} satisfies Attack
