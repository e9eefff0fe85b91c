import type { Attack } from '../attack.ts'

// RFC 5280 constrains subjectAltName only, while Node still takes the host name from the common name where no
// subjectAltName is: OpenSSL closes the gap by holding the constraints against such a common name too.
export default {
  title: 'An authority limited to the names of one company has signed for the host, named as common name alone.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS, and take host names from subjectAltName alone, as RFC 9525 says.',
  present: async (host, forger) => {
    const limited = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      irregular: { nameConstraints: { permitted: ['corporate.test'] } },
    })
    return forger.signedBy(limited, host, { irregular: { alternativeNames: null } })
  },
  references: ['RFC 5280 section 4.2.1.10', 'RFC 9525 section 6.3', 'BetterTLS: name constraints, common name'],
} satisfies Attack
