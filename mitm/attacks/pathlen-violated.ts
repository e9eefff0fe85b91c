import type { Attack } from '../attack.ts'

// What the forger makes below a root is limited to leaves, as an honest authority would limit it.
export default {
  title: 'An authority that may sign leaves and no further authority has signed one nevertheless.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Count: pathLenConstraint says how many authorities may stand between its owner and the leaf.',
  present: async (host, forger) => {
    const limited = await forger.authority({ commonName: 'Branch Office Authority', signedBy: 'trusted' })
    const beyond = await forger.authority({ commonName: 'Front Desk Authority', signedBy: limited })
    return forger.signedBy(beyond, host)
  },
  references: ['RFC 5280 section 6.1.4 (l) and (m)', 'x509-limbo: pathlen'],
} satisfies Attack
