import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes: the bytes pass the attacker untouched.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  references: ['BetterTLS: a sanity case must pass before any other counts'],
} satisfies Attack
