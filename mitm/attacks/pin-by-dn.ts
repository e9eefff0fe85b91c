import { X509Certificate } from 'node:crypto'
import { certificatesOf, leafOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

// RFC 5280 says that issuer and serial number name one certificate. They do among honest authorities.
export default {
  title: 'The forged certificate has subject, issuer and serial number of the genuine one, around another key.',
  family: 'pin-bypass',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin a hash of the key or of the certificate: whoever signs chooses every other field.',
  present: async (host, forger) => {
    const chain = await forger.genuineChain(host)
    const [leaf = '', intermediate = leaf] = certificatesOf(chain)
    const namesake = await forger.authority({ commonName: 'Namesake', subjectOf: intermediate, signedBy: 'trusted' })
    const { serialNumber } = new X509Certificate(leafOf(chain))
    return forger.signedBy(namesake, host, { subjectOf: leaf, irregular: { serialNumber } })
  },
  references: ['Georgiev et al., The most dangerous code in the world, CCS 2012', 'RFC 5280 section 4.1.2.2'],
} satisfies Attack
