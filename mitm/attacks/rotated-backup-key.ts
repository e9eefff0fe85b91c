import type { Attack } from '../attack.ts'

export default {
  title: 'Nobody interferes, and the genuine host has moved to its backup key, which clients hold a pin of.',
  family: 'control',
  holds: 'nothing',
  stoppedBy: ['certificate-pin'],
  genuine: 'rotated-backup-key',
  present: 'relay',
  references: ['RFC 7469 section 4.3: backup pins'],
} satisfies Attack
