import { createPinnedAgent } from '#pin/agent.ts'
import { askOver } from '../ask.ts'
import type { Client } from '../client.ts'
import { pinnedKeys } from '../pinned-keys.ts'

export default {
  title: 'Checks chain and host name, then insists on a shipped public key, with node:https over an agent that pins.',
  deployment: 'ca-signed',
  checks: ['sane-environment', 'pinned-hosts-only', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => askOver(situation, createPinnedAgent(pinnedKeys(situation))),
} satisfies Client
