import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate was signed with the key of an authority that may sign revocation lists and no certificate.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Being an authority is not enough either: where there is a keyUsage, it must hold keyCertSign.',
  present: async (host, forger) => {
    const intermediate = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      irregular: { keyUsage: ['cRLSign'] },
    })
    return forger.signedBy(intermediate, host)
  },
  references: ['RFC 5280 section 6.1.4 (n)'],
} satisfies Attack
