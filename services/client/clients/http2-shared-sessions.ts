import type { ConnectionOptions } from 'node:tls'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client, OpenClient } from '../client.ts'
import { oneSession } from '../one-session.ts'
import { trusting } from '../trusting.ts'

export default {
  title: 'Keeps one HTTP/2 session for each host, and sends over it whatever the app asks of that host, pinned or not.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests', 'http2'],
  open: (situation) => {
    const sessions = new Map<string, OpenClient>()
    const sessionTo = (origin: string, options: ConnectionOptions = {}): OpenClient => {
      const session = sessions.get(origin) ?? oneSession({ ...situation, origin }, trusting(situation, options))
      sessions.set(origin, session)
      return session
    }
    const checkServerIdentity = checkPins(pinsOfKeys(situation))
    return {
      get: (path, headers) => sessionTo(situation.origin, { checkServerIdentity }).get(path, headers),
      glance: (address) => sessionTo(new URL(address).origin).get(address, {}),
      close: async () => void (await Promise.all([...sessions.values()].map((session) => session.close()))),
    }
  },
  mistake: {
    belief: 'One connection to a host is as good as another, and HTTP/2 needs only one.',
    source:
      'https://github.com/szmarczak/http2-wrapper (agent.js: its nameKeys have no checkServerIdentity); got 15 and older',
    fix: 'Let the pool know sessions by what they were checked with too, or give the pin a session of its own.',
    falls: {
      'http2-session-shared': 'intercepted',
      'http2-fallback-h1': 'intercepted',
      'shared-agent-keepalive': 'intercepted',
      'shared-agent-session': 'intercepted',
    },
  },
} satisfies Client
