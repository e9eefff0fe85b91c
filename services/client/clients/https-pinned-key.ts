import { createPinnedAgent } from '#pin/agent.ts'
import { askOver } from '../ask.ts'
import type { Client } from '../client.ts'
import { glancesApart } from '../glance.ts'
import { pinnedKeys } from '../pinned-keys.ts'
import { renewable } from '../renewable.ts'

export default {
  title: 'Checks chain and host name, then insists on a shipped public key, with node:https over an agent that pins.',
  deployment: 'ca-signed',
  checks: [
    'sane-environment',
    'pinned-hosts-only',
    'own-host-header',
    'modern-tls',
    'chain',
    'validity',
    'hostname',
    'key-pin',
  ],
  can: ['unpinned-requests', 'new-pins'],
  open: (situation) => {
    const glances = glancesApart(situation)
    const pinned = renewable(situation.shipped.pins, (pins) =>
      askOver(situation, createPinnedAgent({ ...pinnedKeys(situation), pins, allowSinglePin: true })),
    )
    return { ...pinned, ...glances, close: async () => void (await Promise.all([pinned.close(), glances.close()])) }
  },
} satisfies Client
