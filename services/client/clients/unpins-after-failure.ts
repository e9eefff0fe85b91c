import { codeOf } from '#kit/error.ts'
import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Stops pinning when a pinned connection breaks, lest the pin be what breaks it.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests'],
  open: (situation) => {
    const agent = ownAgent(situation)
    const checkServerIdentity = checkPins(pinsOfKeys(situation))
    let pinning = true
    const { get, close } = askOver(situation, agent, { options: () => (pinning ? { checkServerIdentity } : {}) })
    return {
      get: async (path, headers) => {
        try {
          return await get(path, headers)
        } catch (error) {
          // A wrong pin is an attack and is refused. A connection that breaks is a problem that users ring up about.
          if (BROKEN.includes(codeOf(error) ?? '')) pinning = false
          throw error
        }
      },
      glance: (address) => glanceOver(agent, situation, address),
      close,
    }
  },
  mistake: {
    belief: 'Whoever attacks shows a wrong certificate; a connection that merely breaks is nobody’s doing.',
    source: 'https://cwe.mitre.org/data/definitions/636.html, failing open; for the shared agent CVE-2026-58040',
    fix: 'Let a broken connection be one: pin the next as before.',
    falls: {
      'fallback-on-pin-failure': 'intercepted',
      // Since then https.request opens a connection of its own for a request with a check of its own.
      'shared-agent-keepalive': { fall: 'intercepted', node: '<22.23.2 || >=23 <24.18.1 || >=25 <26.5.1' },
    },
  },
} satisfies Client

const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE']
