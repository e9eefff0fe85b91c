import { certificatesOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

export default {
  title: 'The certificate names the genuine issuer, which is sent along, but the signature is not that issuer’s.',
  family: 'trust',
  holds: 'nothing',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave the chain to TLS: names and dates can be read from a certificate, trust can not.',
  present: async (host, forger) => {
    const [{ key }, genuine] = await Promise.all([forger.selfSigned(host), forger.genuineChain(host)])
    const [leaf = '', ...above] = certificatesOf(genuine)
    // The deployment that signs for itself is its own issuer.
    const issuer = above.length > 0 ? above.join('') : leaf
    // Without identifiers of keys the name is all that says who the issuer is, so that the signature has to be tried.
    return forger.signedBy({ key, chain: issuer }, host, { irregular: { keyIdentifiers: null } })
  },
  references: ['RFC 5280 section 6.1.3 (a)(1): the signature', 'TLSPretense: badsignature'],
} satisfies Attack
