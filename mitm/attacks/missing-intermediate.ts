import type { Attack } from '../attack.ts'

// Many browsers fetch what is missing from an address in the certificate (AIA); no client should retry without a check.
export default {
  title: 'A trusted authority has signed through an intermediate, and the intermediate is not sent.',
  family: 'trust',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Take an incomplete chain for what it is, a failure: do not try again with the check switched off.',
  present: async (host, forger) => {
    const intermediate = await forger.authority({ commonName: 'Branch Office Authority', signedBy: 'trusted' })
    return forger.sending(await forger.signedBy(intermediate, host), '')
  },
  references: ['RFC 8446 section 4.4.2: each certificate certifies the one before it', 'badssl.com: incomplete-chain'],
} satisfies Attack
