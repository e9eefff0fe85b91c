import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Takes new pins, and keeps its agent, whose connections and sessions were checked with the old ones.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['new-pins'],
  open: (situation) => {
    let isPinned = pinsOfKeys(situation)
    const agent = ownAgent(situation, {
      checkServerIdentity: checkPins((pin) => isPinned(pin)),
      // As many as Node keeps when nothing is said.
      maxCachedSessions: 100,
    })
    return {
      ...askOver(situation, agent),
      renewPins: async (pins) => {
        isPinned = pinsOfKeys({ ...situation, shipped: { ...situation.shipped, pins } })
      },
    }
  },
  mistake: {
    belief: 'The check reads the pins anew each time, so new pins hold from the next request on.',
    source: 'https://github.com/datatheorem/TrustKit/issues/123; CVE-2025-68121, the same in Go',
    fix: 'With new pins make a new agent and destroy the old one; let it keep no sessions: maxCachedSessions: 0.',
    falls: {
      'pin-revoked-kept-alive': 'intercepted',
      // Through a proxy Node’s agent keeps no sessions: those of its tunnels pass it by.
      'pin-revoked-then-resume': { fall: 'intercepted', road: 'takeover' },
    },
  },
} satisfies Client
