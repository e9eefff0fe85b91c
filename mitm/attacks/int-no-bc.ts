import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate was signed by one that does not say whether it is an authority.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'A certificate without basicConstraints signs for nobody: absent means no.',
  present: async (host, forger) => {
    const intermediate = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      irregular: { basicConstraints: null },
    })
    return forger.signedBy(intermediate, host)
  },
  references: ['RFC 5280 section 6.1.4 (k)', 'TLSPretense: nobcintermediate'],
} satisfies Attack
