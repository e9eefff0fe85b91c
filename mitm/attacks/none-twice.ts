import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'Nobody interferes, and the app asks twice.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  story: [look('relays'), look('relays')],
  references: [],
} satisfies Attack
