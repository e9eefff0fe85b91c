import type { Attack } from '../attack.ts'

export default {
  title: 'An authority that may sign for names of one company has signed for the host.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS: a walk of signatures alone does not see the limits of an authority.',
  present: async (host, forger) => {
    const limited = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      irregular: { nameConstraints: { permitted: ['corporate.test'] } },
    })
    return forger.signedBy(limited, host)
  },
  references: ['RFC 5280 section 4.2.1.10', 'BetterTLS: name constraints'],
} satisfies Attack
