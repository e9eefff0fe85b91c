import type { Attack } from '../attack.ts'

const below = (host: string) => `deep.${host}`

// As OkHttp has it, a host that no pattern matches is not pinned, and nobody is told.
export default {
  title: 'The client is led to a subdomain of the pinned host, which its pins do not cover.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['pinned-hosts-only', 'certificate-pin', 'authority-pin'],
  remedy: 'Refuse hosts that no pin covers, or pin with **. what the subdomains share.',
  spelling: below,
  present: (host, forger) => forger.signedBy('trusted', below(host)),
  references: ['OkHttp CertificatePinnerTest: wildcardHostnameShouldNotMatchThroughDot'],
} satisfies Attack
