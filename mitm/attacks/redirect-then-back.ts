import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

// The last answer is the genuine host's own, unaltered: only what lay between has read the token.
export default {
  title: 'The genuine host redirects to one of the attacker’s, from which the way leads back to it.',
  family: 'redirects',
  holds: 'other-certificate',
  needs: ['redirects'],
  stoppedBy: ['guarded-redirects', 'pinned-hosts-only', 'certificate-pin'],
  remedy: 'Look at each hop before it is asked; where the way has ended says nothing of who was on it.',
  genuine: 'redirects-there-and-back',
  present: 'relay',
  story: [look('relays')],
  control: 'none-redirect',
  references: ['RFC 9110 section 15.4', 'CWE-601', 'CWE-200'],
} satisfies Attack
