import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

// The attacker's host is an honest one: its certificate is what a client without a list of hosts asks for.
export default {
  title: 'The genuine host redirects to one of the attacker’s, as an open redirect does, and no pin covers that one.',
  family: 'redirects',
  holds: 'other-certificate',
  needs: ['redirects'],
  stoppedBy: ['guarded-redirects', 'pinned-hosts-only', 'certificate-pin'],
  remedy: 'Follow redirects to pinned hosts only, or drop every header that carries a secret when the host changes.',
  genuine: 'redirects-elsewhere',
  present: 'relay',
  story: [look('relays')],
  control: 'none-redirect',
  references: [
    'OkHttp RetryAndFollowUpInterceptor: buildRedirectRequest drops Authorization, and nothing else',
    'CWE-601',
    'CWE-200',
  ],
} satisfies Attack
