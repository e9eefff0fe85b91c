import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the app runs in a process of its own with nothing in its environment.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  environment: 'honest',
  references: [],
} satisfies Attack
