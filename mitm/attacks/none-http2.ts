import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody attacks, and the API speaks HTTP/2.',
  family: 'control',
  holds: 'nothing',
  needs: ['http2'],
  stoppedBy: [],
  present: 'relay',
  genuine: 'http2',
  references: [],
} satisfies Attack
