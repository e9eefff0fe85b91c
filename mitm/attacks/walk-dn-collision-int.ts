import { certificatesOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

// Node links what was sent by name and key identifier alone (crypto_common.cc: AddIssuerChainToObject). Without key
// identifiers the forged leaf counts as issued by whatever has the right name, and the genuine intermediate has. What
// OpenSSL verified is another chain: to the namesake in its trust store. Seen on Node 20 to 26.
export default {
  title: 'The trusted authority is named like the pinned one, which is sent along, where getPeerCertificate finds it.',
  family: 'pin-bypass',
  holds: 'namesake-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Pin the leaf, or follow signatures: issuerCertificate is a name, not a chain that was verified.',
  present: async (host, forger) => {
    const [leaf = '', intermediate = leaf] = certificatesOf(await forger.genuineChain(host))
    const namesake = forger.namesake('intermediate')
    const forged = await forger.signedBy(namesake, host, { irregular: { keyIdentifiers: null } })
    return forger.sending(forged, intermediate)
  },
  references: ['CVE-2016-2402', 'moxie0/AndroidPinning issue 29', 'RFC 5280 section 6.1: names chain, signatures bind'],
} satisfies Attack
