import type { RequestOptions } from 'node:https'
import { askOver } from '../ask.ts'
import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client, OpenClient, PinnedHost, Situation } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Keeps the last TLS session itself and brings it to each new connection, to save handshakes.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests', 'new-pins'],
  open: (situation) => {
    const saved: Saved = {}
    const glances = new Map<string, OpenClient>()
    let pinned = pinnedAt(situation, saved, situation.shipped.pins)
    return {
      get: (path, headers) => pinned.get(path, headers),
      glance: (address) => {
        const { origin } = new URL(address)
        const known = glances.get(origin) ?? asking({ ...situation, origin }, saved)
        glances.set(origin, known)
        return known.get(address, {})
      },
      // The connections of before are gone. What was saved is still there.
      renewPins: async (pins) => {
        await pinned.close()
        pinned = pinnedAt(situation, saved, pins)
      },
      close: async () => void (await Promise.all([pinned, ...glances.values()].map((one) => one.close()))),
    }
  },
  mistake: {
    belief: 'A session is a matter of speed, and only the host that it was agreed on with can take it up.',
    source:
      'https://github.com/enbility/ship-go/issues/71; https://github.com/0xERR0R/blocky/pull/2098; CVE-2026-48934',
    fix: 'Pass no `session` where something is pinned: in a resumed handshake no certificate is shown, and none checked.',
    falls: {
      'shared-agent-keepalive': 'intercepted',
      'shared-agent-session': 'intercepted',
      'pin-revoked-then-resume': 'intercepted',
      'pin-revoked-kept-alive': 'intercepted',
      // From then on Node checks the name again when a session was agreed on under another.
      'cross-servername-session': { fall: 'intercepted', node: '<22.23.0 || >=23 <24.17.0 || >=25 <26.3.1' },
    },
  },
} satisfies Client

interface Saved {
  session?: Buffer
}

function pinnedAt(situation: Situation, saved: Saved, pins: readonly PinnedHost[]): OpenClient {
  const isPinned = pinsOfKeys({ ...situation, shipped: { ...situation.shipped, pins } })
  return asking(situation, saved, checkPins(isPinned))
}

function asking(situation: Situation, saved: Saved, checkServerIdentity?: ReturnType<typeof checkPins>): OpenClient {
  const agent = ownAgent(situation, { ...(checkServerIdentity && { checkServerIdentity }) })
  return askOver(situation, agent, {
    // By its types no option of a request. Node's agent hands it on to TLS.
    options: (): RequestOptions & Saved => ({ ...saved }),
    onRequest: (request) =>
      request.once('socket', (socket) =>
        socket.on('session', (session: Buffer) => {
          saved.session = session
        }),
      ),
  })
}
