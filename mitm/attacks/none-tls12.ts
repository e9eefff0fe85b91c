import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'Nobody interferes, and the genuine host speaks no newer TLS than 1.2.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  genuine: 'tls12',
  present: 'relay',
  story: [look('relays')],
  references: ['RFC 5246'],
} satisfies Attack
