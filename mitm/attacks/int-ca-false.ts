import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate was signed by one that says of itself that it is no authority.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy:
    'A signature that verifies is not enough: whoever walks a chain must look at basicConstraints of each signer.',
  present: async (host, forger) => {
    const intermediate = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      irregular: { basicConstraints: { ca: false } },
    })
    return forger.signedBy(intermediate, host)
  },
  references: ['RFC 5280 section 6.1.4 (k)', 'CVE-2002-0862', 'CVE-2011-0228', 'TLSPretense: cafalseintermediate'],
} satisfies Attack
