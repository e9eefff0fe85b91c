import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the client asks for the host with a dot at its end.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  spelling: (host) => `${host}.`,
  references: ['RFC 1034 section 3.1'],
} satisfies Attack
