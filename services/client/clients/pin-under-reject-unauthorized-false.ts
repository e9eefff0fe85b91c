import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

// With rejectUnauthorized: false Node does not call checkServerIdentity for a bad chain, and ignores its answer for a
// good one (seen on Node 20 to 26).
export default {
  title: 'Turns the chain check off because the pin is stricter, and so turns the pin off.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'hostname', 'key-pin'],
  open: (situation) => {
    const agent = ownAgent(situation, {
      rejectUnauthorized: false,
      checkServerIdentity: checkPins(pinsOfKeys(situation)),
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'rejectUnauthorized: false is about authorities; my own check of the certificate still runs.',
    source: 'https://github.com/OutlineFoundation/outline-apps/pull/1009: checkServerIdentity does not get called',
    fix: 'Leave rejectUnauthorized true, and give a self-signed server’s certificate as `ca`.',
    undoes: { hostname: 'intercepted', 'key-pin': 'intercepted' },
  },
} satisfies Client
