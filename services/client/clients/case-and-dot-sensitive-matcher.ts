import { checkServerIdentity } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Looks its pins up by the host as it is spelt, and pins nothing that is spelt otherwise.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const pinned = new Map(situation.shipped.pins.map(({ host, pins }) => [host, pins]))
    const host = /^https:\/\/(.+):\d+$/.exec(situation.origin)?.[1] ?? ''
    const agent = ownAgent(situation, {
      checkServerIdentity: (name, certificate) => {
        const pin = pinOf(certificate)
        const known = pinned.get(host)?.includes(pin) ?? true
        return checkServerIdentity(name, certificate) ?? (known ? undefined : pinMismatch(pin))
      },
    })
    // As it is in the settings: the URL would have put it in lower case.
    return askOver(situation, agent, { options: () => ({ host }) })
  },
  mistake: {
    belief: 'A host has one spelling.',
    source:
      'CVE-2022-30115: curl’s HSTS and the trailing dot; RFC 4343: case; Android’s ApplicationConfig strips the dot',
    fix: 'Lower-case the host and take the dot off its end before the lookup, and refuse a host without pins.',
    falls: { 'host-trailing-dot': 'intercepted', 'host-case': 'intercepted' },
  },
} satisfies Client
