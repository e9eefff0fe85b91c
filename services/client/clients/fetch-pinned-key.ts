import { pinnedFetch } from '#pin/fetch.ts'
import type { Client } from '../client.ts'
import { fetchAt } from '../fetching.ts'
import { pinnedKeys } from '../pinned-keys.ts'

export default {
  title: 'Checks chain and host name, then insists on a shipped public key, with fetch over connections that pin.',
  deployment: 'ca-signed',
  checks: ['sane-environment', 'pinned-hosts-only', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => fetchAt(situation, pinnedFetch({ ...pinnedKeys(situation), connections: 1 })),
} satisfies Client
