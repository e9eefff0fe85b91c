import { Agent } from 'node:https'
import { checkServerIdentity } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf } from '../by-hand.ts'
import type { Client } from '../client.ts'

export default {
  title: 'Looks its pins up by the name that checkServerIdentity is called with, which is that of the Host header.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const { deviceAuthorities, lookup, proxy, shipped } = situation
    const agent = new Agent({
      ca: [...deviceAuthorities],
      rejectUnauthorized: true,
      keepAlive: true,
      maxCachedSessions: 0,
      checkServerIdentity: (name, certificate) => {
        const host = name.replace(/\.$/, '').toLowerCase()
        const entry = shipped.pins.find((one) => one.host === host)
        const pin = pinOf(certificate)
        const isPinned = entry?.pins.includes(pin) ?? true
        return checkServerIdentity(name, certificate) ?? (isPinned ? undefined : pinMismatch(pin))
      },
      ...(lookup && { lookup }),
      ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
    })
    return askOver(situation, agent)
  },
  mistake: {
    belief: 'The name that Node hands to the check is the host that I asked.',
    source:
      'https://nodejs.org/api/https.html#httpsrequesturl-options-callback, whose example pins in the callback; calculateServerName in Node’s lib/_http_agent.js',
    fix: 'Look pins up by the host of the address, captured outside of the callback, and refuse any other name in it.',
    falls: { 'host-header-override': 'intercepted' },
  },
} satisfies Client
