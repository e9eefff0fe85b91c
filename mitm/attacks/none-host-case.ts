import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the client asks for the host in capital letters.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: [],
  present: 'relay',
  spelling: (host) => host.toUpperCase(),
  references: ['RFC 4343: names are compared without regard to case'],
} satisfies Attack
