import got from 'got'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { openAt } from '../open.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for.',
  deployment: 'ca-signed',
  checks: ['guarded-redirects', 'modern-tls', 'chain', 'validity', 'hostname'],
  can: ['unpinned-requests', 'redirects'],
  open: (situation) => {
    const { origin, timeout } = situation
    const agent = ownAgent(situation)
    const opened = openAt(origin, {
      follows: true,
      got: got.extend({ agent: { https: agent }, timeout: { request: timeout } }),
      close: async () => agent.destroy(),
    })
    return { ...opened, glance: (address) => glanceOver(agent, situation, address) }
  },
} satisfies Client
