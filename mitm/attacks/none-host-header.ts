import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the client is told to send the Host header that it would send anyway.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  hostHeader: 'its-own',
  present: 'relay',
  references: ['RFC 9110 section 7.2'],
} satisfies Attack
