import { Agent, fetch, ProxyAgent } from 'undici'
import type { Client } from '../client.ts'
import { fetchAt, type OwnedFetch } from '../fetching.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for, with fetch.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  can: ['unpinned-requests'],
  open: (situation) => {
    const { deviceAuthorities, lookup, proxy } = situation
    const connect = {
      ca: [...deviceAuthorities],
      rejectUnauthorized: true,
      // undici keeps sessions by itself, whatever https.Agent is told.
      maxCachedSessions: 0,
      ...(lookup && { lookup }),
    }
    // One: at the end of a body undici does not yet take its connection for free, and would open another.
    const dispatcher =
      proxy === undefined
        ? new Agent({ connect, connections: 1 })
        : new ProxyAgent({ uri: proxy, proxyTunnel: true, requestTls: connect, connections: 1 })
    const owned: OwnedFetch = {
      fetch: (input, init) => fetch(input, { ...init, dispatcher }),
      close: () => dispatcher.destroy(),
    }
    return {
      ...fetchAt(situation, owned),
      glance: (address) => fetchAt({ ...situation, origin: new URL(address).origin }, owned).get(address, {}),
    }
  },
} satisfies Client
