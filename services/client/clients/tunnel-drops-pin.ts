import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins in the options of the request, and behind a proxy leaves TLS to an agent that does not read them.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    // As tunnel and tunnel-agent do: what the agent itself was made with goes into TLS, and nothing of the request's.
    const agent = situation.proxy === undefined ? ownAgent(situation) : earlyAgent(situation)
    return askOver(situation, agent, {
      options: () => ({ checkServerIdentity: checkPins(pinsOfKeys(situation)) }),
    })
  },
  mistake: {
    belief: 'A proxy agent changes the way to the server, and nothing else.',
    source: 'https://github.com/request/request/issues/2872; https://github.com/microsoft/vscode-proxy-agent/pull/70',
    fix: 'Give checkServerIdentity to whatever calls tls.connect behind the proxy, and test the pin through one.',
    road: 'proxy',
    undoes: { 'key-pin': 'intercepted' },
  },
} satisfies Client
