import { pinnedConnect } from '#pin/connect.ts'
import type { Client } from '../client.ts'
import { oneSession } from '../one-session.ts'
import { pinnedKeys } from '../pinned-keys.ts'
import { renewable } from '../renewable.ts'
import { sessionForEach } from '../session-for-each.ts'
import { trusting } from '../trusting.ts'

export default {
  title:
    'Checks chain and host name, then insists on a shipped public key, with got over one HTTP/2 session of its own.',
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
  can: ['unpinned-requests', 'new-pins', 'http2'],
  open: (situation) => {
    const { glance, close } = sessionForEach(situation, trusting(situation))
    const pinned = renewable(situation.shipped.pins, (pins) =>
      oneSession(situation, pinnedConnect({ ...pinnedKeys(situation), pins, allowSinglePin: true })),
    )
    return { ...pinned, glance, close: async () => void (await Promise.all([pinned.close(), close()])) }
  },
} satisfies Client
