import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the API turns away whoever cannot attest itself.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  genuine: 'enforces',
  references: [],
} satisfies Attack
