import type { Attack } from '../attack.ts'

// Of two authorities with one name OpenSSL takes the one that came first into the trust store: where that is the genuine
// one, this ends as CERT_SIGNATURE_FAILURE. The lab's devices have the attacker's first.
export default {
  title:
    'The trusted authority is named like the genuine root, which is sent along, where getPeerCertificate finds it.',
  family: 'pin-bypass',
  holds: 'namesake-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Follow signatures, or give the pinned root as `ca`, so that OpenSSL trusts nothing else.',
  present: async (host, forger) => {
    const namesake = forger.namesake('root')
    const forged = await forger.signedBy(namesake, host, { irregular: { keyIdentifiers: null } })
    return forger.sending(forged, forger.publicRoot())
  },
  references: ['CVE-2016-2402', 'RFC 5280 section 6.1: names chain, signatures bind'],
} satisfies Attack
