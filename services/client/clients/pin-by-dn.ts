import { checkServerIdentity } from 'node:tls'
import { pinMismatch } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

const ISSUER = 'Pinning Lab Intermediate'

export default {
  title: 'Pins the name of the authority that signs for the API.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'authority-pin'],
  open: (situation) => {
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const { CN } = certificate.issuer
        return checkServerIdentity(host, certificate) ?? (CN === ISSUER ? undefined : pinMismatch(String(CN)))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'Keys are renewed and the name of our authority stays, so the name is the pin to have.',
    source:
      'https://github.com/EddyVerbruggen/SSLCertificateChecker-PhoneGap-Plugin/pull/65: “pinning to a specific Certificate Authority” by its name',
    fix: 'Pin a key: anybody can write a name into a certificate.',
    falls: {
      'pin-by-dn': 'intercepted',
      'walk-dn-collision-int': 'intercepted',
      'append-pinned-intermediate-same-dn': 'intercepted',
    },
  },
} satisfies Client
