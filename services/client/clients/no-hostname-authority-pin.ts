import { X509Certificate } from 'node:crypto'
import { issuersOf, pinMismatch, pinOf, pinsOfAuthorities } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Insists that the pinned authority has signed the certificate, for whomever.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'authority-pin', 'hostname'],
  open: (situation) => {
    const isPinned = pinsOfAuthorities(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: (_host, certificate) => {
        const [leaf, issuer] = issuersOf(certificate)
        const signed = issuer instanceof X509Certificate && leaf?.verify(issuer.publicKey)
        return signed && isPinned(pinOf(issuer)) ? undefined : pinMismatch(pinOf(issuer ?? certificate))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'Our certificates come from that one authority, so a certificate from it is ours.',
    source: 'Stone, Chothia and Garcia, Spinner, ACSAC 2017: 9 of 400 apps with 10 million users',
    fix: 'Call tls.checkServerIdentity(host, certificate) first: an authority signs for everybody who pays.',
    undoes: { hostname: 'intercepted' },
  },
} satisfies Client
