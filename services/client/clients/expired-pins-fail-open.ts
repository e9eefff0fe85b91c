import { checkServerIdentity } from 'node:tls'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

/** Far away when it was written. */
const PINS_EXPIRE = new Date('2025-06-30')

export default {
  title: 'Stops pinning on the day that its pins run out, and goes on without them.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const pin = pinOf(certificate)
        const pinned = new Date() > PINS_EXPIRE || isPinned(pin)
        return checkServerIdentity(host, certificate) ?? (pinned ? undefined : pinMismatch(pin))
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'Users who never update must not be locked out, so old pins are no pins.',
    source: 'Android pin-set expiration; OWASP MASTG-TEST-0243; CVE-2016-5284, where Firefox’s own pins had run out',
    fix: 'Refuse after the date and ask for an update, or have no date and a backup pin.',
    undoes: { 'key-pin': 'intercepted' },
  },
} satisfies Client
