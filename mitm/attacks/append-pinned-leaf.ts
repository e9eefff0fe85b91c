import type { Attack } from '../attack.ts'

export default {
  title:
    'The genuine chain is appended to a forged one, for clients that look for their pin anywhere in what was sent.',
  family: 'pin-bypass',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => {
    const [forged, genuine] = await Promise.all([forger.signedBy('trusted', host), forger.genuineChain(host)])
    // Up to TLS 1.2 the certificates are sent in clear, also to clients that read them off the wire.
    return { ...forger.append(forged, genuine), tls: { maxVersion: 'TLSv1.2' } }
  },
  references: ['CVE-2016-2402', 'OkHttp CertificatePinnerChainValidationTest: unrelatedPinnedLeafCertificateInChain'],
} satisfies Attack
