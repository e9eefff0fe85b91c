import { request } from 'node:http'
import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins in the options of the request, over the one agent that all its requests share.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests'],
  open: (situation) => {
    const agent = ownAgent(situation)
    const pinned = askOver(situation, agent, {
      // One way for http: and https: alike. Node's fix for shared agents is in https.request only.
      request,
      options: () => ({ checkServerIdentity: checkPins(pinsOfKeys(situation)) }),
    })
    return { ...pinned, glance: (address) => glanceOver(agent, situation, address) }
  },
  mistake: {
    belief: 'The check belongs to the request, so each request is checked.',
    source: 'CVE-2026-58040; https://github.com/oven-sh/bun/issues/42946',
    fix: 'Put the pin on an agent of its own, and let nothing unpinned use that agent.',
    falls: { 'shared-agent-keepalive': 'intercepted' },
  },
} satisfies Client
