import { Agent, fetch, ProxyAgent } from 'undici'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client, OpenClient, Situation } from '../client.ts'
import { fetchAt } from '../fetching.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins with got, and asks one newer endpoint with fetch, which knows nothing of it.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const pinned = gotOver(situation, ownAgent(situation, { checkServerIdentity: checkPins(pinsOfKeys(situation)) }))
    const plain = fetching(situation)
    return {
      get: (path, headers) => (path.startsWith('/api.nasa.gov/') ? plain : pinned).get(path, headers),
      close: async () => void (await Promise.all([pinned.close(), plain.close()])),
    }
  },
  mistake: {
    belief: 'The app pins its connections.',
    source: 'https://undici.nodejs.org/#/docs/api/Agent: fetch has connections and TLS options of its own',
    fix: 'Give fetch a dispatcher with the same checkServerIdentity, or have one stack; let a test count the others.',
    undoes: { 'key-pin': 'leaked' },
    // Here the pictures come by got from the genuine host, and nothing is found out.
    falls: { 'second-stack-unpinned': 'intercepted' },
  },
} satisfies Client

/** fetch on the device's network. The pictures still come by got: the mistake is found out, after the token has gone. */
function fetching(situation: Situation): OpenClient {
  const { deviceAuthorities, lookup, proxy } = situation
  const connect = { ca: [...deviceAuthorities], rejectUnauthorized: true, ...(lookup && { lookup }) }
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect })
      : new ProxyAgent({ uri: proxy, proxyTunnel: true, requestTls: connect })
  return fetchAt(situation, {
    fetch: (input, init) => fetch(input, { ...init, dispatcher }),
    close: () => dispatcher.destroy(),
  })
}
