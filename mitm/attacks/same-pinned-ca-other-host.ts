import { certificatesOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

// Spinner: with a pin on the authority, the host name is all that tells one of its customers from another. Unlike in
// `other-host`, everything above the leaf is byte for byte what the genuine host sends.
export default {
  title:
    'The authority of the genuine host has signed for the attacker’s host too, and the same chain stands above both.',
  family: 'names',
  holds: 'other-certificate',
  stoppedBy: ['hostname', 'certificate-pin', 'key-pin'],
  remedy: 'Check the host name first, whatever is pinned: a pinned authority signs for strangers as well.',
  present: async (host, forger) => {
    const [, ...above] = certificatesOf(await forger.genuineChain(host))
    return forger.sending(forger.otherHost(), above.join(''))
  },
  references: ['Stone, Chothia and Garcia, Spinner, ACSAC 2017', 'CWE-297'],
} satisfies Attack
