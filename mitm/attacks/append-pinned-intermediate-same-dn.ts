import { certificatesOf } from '#certs/credentials.ts'
import type { Attack } from '../attack.ts'

export default {
  title:
    'A forged authority is named like the genuine one, which is appended, for clients that look for their pin anywhere in what was sent.',
  family: 'pin-bypass',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Look for the pin only in the chain whose signatures lead from the leaf to an authority.',
  present: async (host, forger) => {
    const [leaf = '', intermediate] = certificatesOf(await forger.genuineChain(host))
    // A server that signed its certificate itself has no other authority than that.
    const pinned = intermediate ?? leaf
    const namesake = await forger.authority({ commonName: 'Namesake', subjectOf: pinned, signedBy: 'trusted' })
    return forger.append(await forger.signedBy(namesake, host), pinned)
  },
  references: [
    'CVE-2016-2402',
    'OkHttp CertificatePinnerChainValidationTest: unrelatedPinnedIntermediateCertificateInChain',
  ],
} satisfies Attack
