import type { X509Certificate } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import { issuersOf, pinMismatch, pinOf, pinsOfAuthorities } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Follows the signatures up to a pinned authority, and does not ask who was allowed to sign.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'authority-pin'],
  open: (situation) => {
    const isPinned = pinsOfAuthorities(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const chain = signed(issuersOf(certificate)).map(pinOf)
        const pinned = chain.some(isPinned)
        return checkServerIdentity(host, certificate) ?? (pinned ? undefined : pinMismatch(chain.join(', ')))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'If each signature verifies with the next key, the chain is the one that was verified.',
    source: 'OkHttp CertificatePinnerChainValidationTest: signersMustHaveCaBitSet; MS02-050',
    fix: 'Do not walk by hand: give the pinned authority as `ca` with allowPartialTrustChain.',
    falls: { 'ca-bit-switch': 'intercepted', 'pathlen-switch': 'intercepted' },
  },
} satisfies Client

/** As far up as each certificate is signed by the next. */
function signed(chain: readonly X509Certificate[]): X509Certificate[] {
  const end = chain.findIndex((one, index) => {
    const issuer = chain[index + 1]
    return issuer === undefined || !one.verify(issuer.publicKey)
  })
  return chain.slice(0, end + 1)
}
