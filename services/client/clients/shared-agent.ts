import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Answer, Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { addressAt } from '../open.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins in the options of the request, over the one agent that all its requests share.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests'],
  open: (situation) => {
    const agent = ownAgent(situation)
    const checkServerIdentity = checkPins(pinsOfKeys(situation))
    return {
      get: (path, headers) =>
        new Promise<Answer>((resolve, reject) => {
          const { hostname, port, pathname, search } = addressAt(situation.origin, path)
          // One way for http: and https: alike. Node's fix for shared agents is in https.request only.
          const asked = request({
            ...{ protocol: 'https:', hostname, port, path: pathname + search, headers, agent },
            // These are no options of http.request's by its types; the agent hands them on to TLS.
            ...{ checkServerIdentity },
          })
          asked.on('error', reject)
          asked.on('response', async (response) => {
            const { statusCode = 0, headers: said } = response
            resolve({ status: statusCode, contentType: said['content-type'] ?? '', body: await buffer(response) })
          })
          asked.end()
        }),
      glance: (address) => glanceOver(agent, situation, address),
      close: async () => agent.destroy(),
    }
  },
  mistake: {
    belief: 'The check belongs to the request, so each request is checked.',
    source: 'CVE-2026-58040; https://github.com/oven-sh/bun/issues/42946',
    fix: 'Put the pin on an agent of its own, and let nothing unpinned use that agent.',
    falls: { 'shared-agent-keepalive': 'intercepted' },
  },
} satisfies Client
