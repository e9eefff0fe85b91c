import { checkServerIdentity } from 'node:tls'
import { issuersOf, pinMismatch, pinOf } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Looks for a pin in the chain that Node tells as issuerCertificate, which is linked by names alone.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'authority-pin'],
  open: (situation) => {
    const pins = situation.shipped.pins.flatMap((entry) => [...entry.pins, ...(entry.authorities ?? [])])
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const chain = issuersOf(certificate).map(pinOf)
        const pinned = chain.some((pin) => pins.includes(pin))
        return checkServerIdentity(host, certificate) ?? (pinned ? undefined : pinMismatch(chain.join(', ')))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'getPeerCertificate(true) gives the chain that OpenSSL has verified.',
    source:
      'https://github.com/moxie0/AndroidPinning/issues/29: the same flaw in Java; CVE-2016-2402; src/crypto/crypto_common.cc of Node',
    fix: 'Pin the leaf’s key, or give the pinned authority as `ca` with allowPartialTrustChain, so that OpenSSL decides.',
    falls: {
      'walk-dn-collision-int': 'intercepted',
      'walk-dn-collision-leaf': 'intercepted',
      'ca-bit-switch': 'intercepted',
      'pathlen-switch': 'intercepted',
      'walk-dn-collision-root': 'intercepted',
      // A list of pins that has leaf and authority alike is content with either.
      'stolen-key': 'intercepted',
    },
  },
} satisfies Client
