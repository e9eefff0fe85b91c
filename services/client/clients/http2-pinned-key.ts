import { pinnedConnect } from '#pin/connect.ts'
import type { Client } from '../client.ts'
import { oneSession } from '../one-session.ts'
import { pinnedKeys } from '../pinned-keys.ts'

export default {
  title:
    'Checks chain and host name, then insists on a shipped public key, with got over one HTTP/2 session of its own.',
  deployment: 'ca-signed',
  checks: ['sane-environment', 'pinned-hosts-only', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => oneSession(situation, pinnedConnect(pinnedKeys(situation))),
} satisfies Client
