import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

// got drops Authorization, Cookie and Host on the way to another origin; a token in a header of the app's own, and with
// 307 the body, go along (seen on got 16.1).
export default {
  title: 'The genuine host redirects to itself without TLS, and the attacker reads what then comes in clear.',
  family: 'redirects',
  holds: 'nothing',
  needs: ['redirects'],
  stoppedBy: ['guarded-redirects', 'modern-tls'],
  refusedAs: 'policy',
  remedy: 'Follow redirects to https only, or none: look at the answer instead.',
  genuine: 'redirects-clear',
  present: 'relay',
  story: [look('relays')],
  control: 'none-redirect',
  references: ['RFC 9110 section 15.4', 'CVE-2022-31151: undici kept a secret header across origins', 'CWE-319'],
} satisfies Attack
