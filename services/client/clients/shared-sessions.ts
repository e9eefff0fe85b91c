import { request } from 'node:http'
import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Opens a connection for each request, pinned or not, over an agent that keeps TLS sessions as agents do.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests'],
  open: (situation) => {
    // As many as Node keeps when nothing is said.
    const agent = ownAgent(situation, { keepAlive: false, maxCachedSessions: 100 })
    const pinned = askOver(situation, agent, {
      request,
      options: () => ({ checkServerIdentity: checkPins(pinsOfKeys(situation)) }),
    })
    return { ...pinned, glance: (address) => glanceOver(agent, situation, address) }
  },
  mistake: {
    belief: 'Without keep-alive no connection is used twice, so each is checked.',
    source: 'CVE-2026-58040; https://github.com/Xor-el/TlsLib4Pascal/pull/34: one cache of sessions for every trust',
    fix: 'Give what is pinned an agent of its own, with maxCachedSessions: 0.',
    // Through a proxy Node’s agent keeps no sessions: those of its tunnels pass it by.
    road: 'takeover',
    falls: { 'shared-agent-keepalive': 'intercepted', 'shared-agent-session': 'intercepted' },
  },
} satisfies Client
