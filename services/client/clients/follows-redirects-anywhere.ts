import got from 'got'
import { checkPinsOfOwnHost } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { addressAt } from '../open.ts'
import { clearAgent, ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins its host, and follows a redirect to any other with all that it sends.',
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
        // followRedirect is true unless somebody says otherwise.
        const how = { headers: { ...headers }, responseType: 'buffer' } as const
        const { statusCode: status, headers: said, body } = await ask(addressAt(origin, path), how)
        return { status, contentType: said['content-type'] ?? '', body: Buffer.from(body) }
      },
      close: async () => {
        agent.http.destroy()
        agent.https.destroy()
      },
    }
  },
  mistake: {
    belief: 'The server that I trust sends me to places that I can trust, and secrets stay behind on the way.',
    source:
      'CVE-2022-31151 and CVE-2022-0155: undici and follow-redirects kept secret headers; both drop those they know by name only',
    fix: 'Set followRedirect: false, or compare each hop with a list of hosts in beforeRedirect before anything is sent.',
    undoes: { 'guarded-redirects': 'intercepted' },
    falls: { 'redirect-http-downgrade': 'intercepted' },
  },
} satisfies Client
