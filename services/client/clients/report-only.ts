import { checkServerIdentity } from 'node:tls'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

const POLICY = { enforce: false }

export default {
  title: 'Notes every mismatch of the pin, and goes on.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    const reports: Error[] = []
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const wrong = checkServerIdentity(host, certificate)
        const pin = pinOf(certificate)
        if (wrong || isPinned(pin)) return wrong
        reports.push(pinMismatch(pin))
        return POLICY.enforce ? reports.at(-1) : undefined
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'We watch the reports for a release or two, then we enforce.',
    source:
      'TrustKit for Android: enforcePinning is false by default; RFC 7469 section 2.1: Public-Key-Pins-Report-Only',
    fix: 'Ship with enforce: true, or call it monitoring and not pinning.',
    undoes: { 'key-pin': 'intercepted' },
  },
} satisfies Client
