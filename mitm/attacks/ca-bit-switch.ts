import type { Attack } from '../attack.ts'

// Every signature verifies, up to the pinned authority. OpenSSL builds the other chain, through its trust store.
export default {
  title:
    'The pinned authority once signed an ordinary certificate over name and key of the attacker, who signs with it.',
  family: 'pin-bypass',
  holds: 'careless-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Let OpenSSL decide who may sign, or ask each signer for the CA bit before its signature counts.',
  present: async (host, forger) => forger.sending(await forger.signedBy('trusted', host), forger.careless('leaf')),
  references: [
    'OkHttp CertificatePinnerChainValidationTest: signersMustHaveCaBitSet',
    'CVE-2002-0862',
    'RFC 5280 section 6.1.4 (k)',
  ],
} satisfies Attack
