import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'A first connection is reset, and nobody attacks the second.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  story: [look('tcp-reset'), look('relays')],
  references: [],
} satisfies Attack
