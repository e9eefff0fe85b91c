import type { Attack } from '../attack.ts'

// Every signature verifies and every signer is an authority; only the count is wrong.
export default {
  title:
    'The pinned authority, which may sign leaves alone, once made an authority of the name and key of the attacker.',
  family: 'pin-bypass',
  holds: 'careless-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Let OpenSSL decide who may sign, or count the authorities below each pathLenConstraint.',
  present: async (host, forger) => forger.sending(await forger.signedBy('trusted', host), forger.careless('authority')),
  references: [
    'OkHttp CertificatePinnerChainValidationTest: intermediateMustNotHaveMoreIntermediatesThanSigner',
    'RFC 5280 section 6.1.4 (l) and (m)',
  ],
} satisfies Attack
