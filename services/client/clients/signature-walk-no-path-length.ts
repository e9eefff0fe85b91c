import type { X509Certificate } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import { issuersOf, pinMismatch, pinOf, pinsOfAuthorities } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Follows the signatures of authorities up to a pinned one, and does not count how many it may have below it.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'authority-pin'],
  open: (situation) => {
    const isPinned = pinsOfAuthorities(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const chain = signedByAuthorities(issuersOf(certificate)).map(pinOf)
        const pinned = chain.some(isPinned)
        return checkServerIdentity(host, certificate) ?? (pinned ? undefined : pinMismatch(chain.join(', ')))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'A certificate with the CA bit, signed by our authority, may sign for us.',
    source: 'OkHttp CertificatePinnerChainValidationTest: intermediateMustNotHaveMoreIntermediatesThanSigner',
    fix: 'Do not walk by hand: give the pinned authority as `ca` with allowPartialTrustChain.',
    falls: { 'pathlen-switch': 'intercepted' },
  },
} satisfies Client

/** As far up as each certificate is signed by the next, which is an authority. */
function signedByAuthorities(chain: readonly X509Certificate[]): X509Certificate[] {
  const end = chain.findIndex((one, index) => {
    const issuer = chain[index + 1]
    return issuer === undefined || !issuer.ca || !one.verify(issuer.publicKey)
  })
  return chain.slice(0, end + 1)
}
