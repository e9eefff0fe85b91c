import type { Attack } from '../attack.ts'
import { look, renewPins } from '../story.ts'

export default {
  title: 'Nobody attacks, and the app is given its pins once more between two requests.',
  family: 'control',
  holds: 'nothing',
  needs: ['new-pins'],
  stoppedBy: [],
  present: 'relay',
  story: [look('relays'), renewPins('the-same'), look('relays')],
  references: [],
} satisfies Attack
