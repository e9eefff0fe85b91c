import got from 'got'
import type { Client } from '../client.ts'
import { clearAgent, ownAgent } from '../own-agent.ts'

export default {
  title: 'Asks for whatever address its settings name, in clear if that is what they say.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const { origin, timeout } = situation
    const agent = { http: clearAgent(situation), https: ownAgent(situation) }
    const ask = got.extend({ agent, timeout: { request: timeout }, followRedirect: false, retry: { limit: 0 } })
    return {
      get: async (path, headers) => {
        const how = { headers: { ...headers }, responseType: 'buffer', throwHttpErrors: false } as const
        const { statusCode: status, headers: said, body } = await ask(new URL(path, origin), how)
        return { status, contentType: said['content-type'] ?? '', body: Buffer.from(body) }
      },
      close: async () => {
        agent.http.destroy()
        agent.https.destroy()
      },
    }
  },
  mistake: {
    belief: 'Whoever writes the settings knows what they want, and the server redirects to https anyway.',
    source: 'CWE-319; nogotofail: sslstrip; Android’s cleartextTrafficPermitted, which was true until Android 9',
    fix: 'Refuse an address that does not begin with https: when the settings are read.',
    falls: { 'cleartext-url': 'intercepted' },
  },
} satisfies Client
