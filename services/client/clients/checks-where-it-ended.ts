import got from 'got'
import { checkPinsOfOwnHost } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { addressAt } from '../open.ts'
import { clearAgent, ownAgent } from '../own-agent.ts'

export default {
  title: 'Follows every redirect, and accepts the answer if the last address is one of its own.',
  deployment: 'ca-signed',
  checks: ['guarded-redirects', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['redirects'],
  open: (situation) => {
    const { origin, timeout } = situation
    const https = ownAgent(situation, { checkServerIdentity: checkPinsOfOwnHost(situation) })
    const agent = { http: clearAgent(situation), https }
    const ask = got.extend({ agent, timeout: { request: timeout }, throwHttpErrors: false, retry: { limit: 0 } })
    return {
      get: async (path, headers) => {
        const how = { headers: { ...headers }, responseType: 'buffer' } as const
        const { url, statusCode: status, headers: said, body } = await ask(addressAt(origin, path), how)
        // Refuses what is not of this origin.
        addressAt(origin, url)
        return { status, contentType: said['content-type'] ?? '', body: Buffer.from(body) }
      },
      close: async () => {
        agent.http.destroy()
        agent.https.destroy()
      },
    }
  },
  mistake: {
    belief: 'An answer that comes from our host has come by way of our hosts.',
    source:
      'CWE-601; https://developer.mozilla.org/docs/Web/API/Response/url, the one address that fetch tells of the way',
    fix: 'Look at the address in beforeRedirect, when nothing has been sent to it yet.',
    falls: {
      'redirect-then-back': 'intercepted',
      'redirect-unpinned-host': 'leaked',
      'redirect-http-downgrade': 'leaked',
    },
  },
} satisfies Client
