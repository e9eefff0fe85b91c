import { Agent } from 'node:https'
import { askOver } from '../ask.ts'
import { namedByAddress } from '../by-address.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'

export default {
  title: 'Pins, and leaves it to the environment whether anything is checked at all.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const { deviceAuthorities, lookup, proxy } = situation
    // By hand, for the shared way says rejectUnauthorized.
    const agent = new Agent({
      ca: [...deviceAuthorities],
      keepAlive: true,
      maxCachedSessions: 0,
      checkServerIdentity: checkPins(pinsOfKeys(situation)),
      ...(lookup && { lookup }),
      ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
    })
    return askOver(situation, namedByAddress(agent))
  },
  mistake: {
    belief: 'Node checks certificates unless somebody tells it not to, and in our code nobody does.',
    source:
      'https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue; https://github.com/adeperio/base/issues/45',
    fix: 'Say rejectUnauthorized: true, which wins over the variable, and refuse to start while it is 0.',
    falls: { 'env-reject-unauthorized': 'intercepted' },
  },
} satisfies Client
