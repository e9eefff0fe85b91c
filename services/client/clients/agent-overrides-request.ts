import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins in the options of the request, and sends it through an agent that has options of its own.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    // From the days of the test server; the request below says true.
    const agent = ownAgent(situation, { rejectUnauthorized: false })
    return askOver(situation, agent, {
      options: () => ({
        rejectUnauthorized: true,
        checkServerIdentity: checkPins(pinsOfKeys(situation)),
      }),
    })
  },
  mistake: {
    belief: 'What I say for one request wins over what the agent was made with.',
    source: 'https://github.com/hapijs/hapi/pull/1551; lib/_http_agent.js of Node: the agent’s options are laid over',
    fix: 'Put every TLS option, the pin included, on the agent, and let nobody else use it.',
    undoes: { chain: 'intercepted', validity: 'intercepted', hostname: 'intercepted', 'key-pin': 'intercepted' },
  },
} satisfies Client
