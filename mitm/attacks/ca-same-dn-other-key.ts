import { certificatesOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

// A pin on the issuer's name, or a search for the issuer by name alone, finds nothing wrong here.
export default {
  title: 'An authority of the attacker’s own bears the name of the one that signed for the genuine host.',
  family: 'trust',
  holds: 'nothing',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS: who signed is proved by a signature, never by a name.',
  present: async (host, forger) => {
    const [leaf = '', issuer = leaf] = certificatesOf(await forger.genuineChain(host))
    const namesake = await forger.authority({ commonName: 'Namesake', subjectOf: issuer })
    return forger.signedBy(namesake, host)
  },
  references: ['RFC 5280 section 6.1.3 (a)(1): the signature', 'TLSPretense: differentkeyca'],
} satisfies Attack
