import type { Attack } from '../attack.ts'

// Node does ask for keyCertSign where a certificate has a keyUsage, so it takes a genuine leaf without one. The host's
// former certificate has none; that it has expired does not matter to a walk.
export default {
  title:
    "The trusted authority is named like the host, whose former certificate is sent along as the forged one's issuer.",
  family: 'pin-bypass',
  holds: 'namesake-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: "Compare the pin of a leaf with the leaf's key alone: nothing above it has proved to have a key.",
  present: async (host, forger) => {
    const namesake = forger.namesake('leaf')
    const forged = await forger.signedBy(namesake, host, { irregular: { keyIdentifiers: null } })
    return forger.sending(forged, forger.former(host))
  },
  references: ['CVE-2016-2402', 'RFC 5280 section 4.2.1.3', 'OkHttp: unrelatedPinnedLeafCertificateInChain'],
} satisfies Attack
