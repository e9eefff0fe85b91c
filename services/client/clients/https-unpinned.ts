import { askOver } from '../ask.ts'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for, with node:https.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  can: ['unpinned-requests'],
  open: (situation) => {
    const agent = ownAgent(situation)
    return { ...askOver(situation, agent), glance: (address) => glanceOver(agent, situation, address) }
  },
} satisfies Client
