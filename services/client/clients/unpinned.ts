import { Agent } from 'node:https'
import got from 'got'
import type { Client } from '../client.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: ({ origin, deviceAuthorities, lookup, proxy, timeout }) => {
    const agent = new Agent({
      ca: [...deviceAuthorities],
      rejectUnauthorized: true,
      keepAlive: true,
      maxCachedSessions: 0,
      ...(lookup && { lookup }),
      // Node's own CONNECT: https://nodejs.org/api/http.html#built-in-proxy-support
      ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
    })
    return openAt(origin, {
      got: got.extend({ agent: { https: agent }, timeout: { request: timeout } }),
      close: async () => agent.destroy(),
    })
  },
} satisfies Client
