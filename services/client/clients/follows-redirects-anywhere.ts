import { checkServerIdentity } from 'node:tls'
import got from 'got'
import { pinMismatch, pinOf } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { addressAt } from '../open.ts'
import { clearAgent, ownAgent } from '../own-agent.ts'

export default {
  title: 'Pins its host, and follows a redirect to any other with all that it sends.',
  deployment: 'ca-signed',
  checks: ['guarded-redirects', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['redirects'],
  open: (situation) => {
    const { origin, shipped, timeout } = situation
    const home = new URL(origin).hostname.replace(/\.$/, '')
    const pins = shipped.pins.filter(({ host }) => host === home).flatMap((entry) => entry.pins)
    const secured = ownAgent(situation, {
      checkServerIdentity: (name, certificate) => {
        const pin = pinOf(certificate)
        const isPinned = name.replace(/\.$/, '').toLowerCase() !== home || pins.length === 0 || pins.includes(pin)
        return checkServerIdentity(name, certificate) ?? (isPinned ? undefined : pinMismatch(pin))
      },
    })
    const agent = { http: clearAgent(situation), https: secured }
    return {
      get: async (path, headers) => {
        // followRedirect is true unless somebody says otherwise.
        const how = { agent, headers: { ...headers }, timeout: { request: timeout }, throwHttpErrors: false } as const
        const answer = await got(addressAt(origin, path), { ...how, responseType: 'buffer', retry: { limit: 0 } })
        const { statusCode: status, headers: said, body } = answer
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
