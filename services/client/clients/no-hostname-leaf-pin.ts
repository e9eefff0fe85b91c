import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Compares the key with the pin where Node would have compared the name, and compares no name.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'key-pin', 'hostname'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: (_host, certificate) => {
        const pin = pinOf(certificate)
        return isPinned(pin) ? undefined : pinMismatch(pin)
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'checkServerIdentity adds my check to the one that Node makes of the host name.',
    source: 'https://github.com/axios/axios/pull/2498: an example in which nothing but the fingerprint is compared',
    fix: 'Begin with: const wrong = tls.checkServerIdentity(host, certificate); if (wrong) return wrong.',
    undoes: { hostname: 'intercepted' },
  },
} satisfies Client
