import { USES } from '#certs/extensions.ts'
import type { Attack } from '../attack.ts'

// RFC 5280 speaks of the certificate that lists its uses; that an authority's list limits what it signs for is the
// CA/Browser Forum's reading, and OpenSSL's.
export default {
  title: 'An authority that may sign for e-mail alone has signed for a server.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS: a walk of signatures alone does not see what an authority may sign for.',
  present: async (host, forger) => {
    const limited = await forger.authority({
      commonName: 'Branch Office E-mail Authority',
      signedBy: 'trusted',
      irregular: { extendedKeyUsage: [USES.emailProtection] },
    })
    return forger.signedBy(limited, host)
  },
  references: ['RFC 5280 section 4.2.1.12', 'CA/Browser Forum Baseline Requirements section 7.1.2', 'x509-limbo'],
} satisfies Attack
