import { Agent } from 'node:https'
import got from 'got'
import type { Client } from '../client.ts'
import { glanceOver } from '../glance.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for.',
  deployment: 'ca-signed',
  checks: ['guarded-redirects', 'modern-tls', 'chain', 'validity', 'hostname'],
  can: ['unpinned-requests', 'redirects'],
  open: (situation) => {
    const { origin, deviceAuthorities, lookup, proxy, timeout } = situation
    const agent = new Agent({
      ca: [...deviceAuthorities],
      rejectUnauthorized: true,
      keepAlive: true,
      maxCachedSessions: 0,
      ...(lookup && { lookup }),
      // Node's own CONNECT: https://nodejs.org/api/http.html#built-in-proxy-support
      ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
    })
    const opened = openAt(origin, {
      follows: true,
      got: got.extend({ agent: { https: agent }, timeout: { request: timeout } }),
      close: async () => agent.destroy(),
    })
    return { ...opened, glance: (address) => glanceOver(agent, situation, address) }
  },
} satisfies Client
