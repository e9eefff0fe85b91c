import type { Attack } from '../attack.ts'

const DAY = 24 * 60 * 60 * 1000

// The leaf is in time: who looks at its dates alone sees nothing wrong.
export default {
  title: 'The certificate is in time, but the authority between it and the trusted root has run out.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['validity', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the dates of the whole chain to TLS; a look at the valid_to of the leaf is not a check of validity.',
  present: async (host, forger) => {
    const intermediate = await forger.authority({
      commonName: 'Branch Office Authority',
      signedBy: 'trusted',
      notBefore: new Date(forger.now.getTime() - 400 * DAY),
      notAfter: new Date(forger.now.getTime() - DAY),
    })
    return forger.signedBy(intermediate, host)
  },
  references: ['RFC 5280 section 6.1.3 (a)(2): each certificate of the path'],
} satisfies Attack
