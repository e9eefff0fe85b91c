import { pinnedFetch } from '#pin/fetch.ts'
import type { Client } from '../client.ts'
import { fetchAt } from '../fetching.ts'
import { glancesApart } from '../glance.ts'
import { pinnedKeys } from '../pinned-keys.ts'
import { renewable } from '../renewable.ts'

export default {
  title: 'Checks chain and host name, then insists on a shipped public key, with fetch over connections that pin.',
  deployment: 'ca-signed',
  checks: [
    'sane-environment',
    'pinned-hosts-only',
    'guarded-redirects',
    'own-host-header',
    'modern-tls',
    'chain',
    'validity',
    'hostname',
    'key-pin',
  ],
  can: ['unpinned-requests', 'new-pins', 'redirects'],
  open: (situation) => {
    const glances = glancesApart(situation)
    const pinned = renewable(situation.shipped.pins, (pins) => {
      const owned = pinnedFetch({ ...pinnedKeys(situation), pins, allowSinglePin: true, connections: 1 })
      return fetchAt(situation, { ...owned, follows: true })
    })
    return { ...pinned, ...glances, close: async () => void (await Promise.all([pinned.close(), glances.close()])) }
  },
} satisfies Client
