import { askOver } from '../ask.ts'
import type { Client } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for, with node:https.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => askOver(situation, ownAgent(situation)),
} satisfies Client
