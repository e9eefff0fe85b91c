import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the client was told to use a proxy.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  road: 'proxy',
  present: 'relay',
  references: ['RFC 9110 section 9.3.6'],
} satisfies Attack
