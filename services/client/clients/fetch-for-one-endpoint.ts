import { Agent, fetch, ProxyAgent } from 'undici'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Answer, Client, OpenClient, Situation } from '../client.ts'
import { addressAt } from '../open.ts'
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
  },
} satisfies Client

/** fetch on the device's network. The pictures still come by got: the mistake is found out, after the token has gone. */
function fetching({ origin, deviceAuthorities, lookup, proxy, timeout }: Situation): OpenClient {
  const connect = { ca: [...deviceAuthorities], ...(lookup && { lookup }) }
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect })
      : new ProxyAgent({ uri: proxy, proxyTunnel: true, requestTls: connect })
  return {
    async get(path, headers): Promise<Answer> {
      const signal = AbortSignal.timeout(timeout)
      const answer = await fetch(addressAt(origin, path), { headers, dispatcher, signal, redirect: 'manual' })
      return {
        status: answer.status,
        contentType: answer.headers.get('content-type') ?? '',
        body: Buffer.from(await answer.arrayBuffer()),
      }
    },
    close: () => dispatcher.destroy(),
  }
}
