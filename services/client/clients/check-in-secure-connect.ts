import type { TLSSocket } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'
import { glanceOver } from '../glance.ts'

export default {
  title: 'Checks the pin when a request’s connection says secureConnect, over an agent that keeps connections alive.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  can: ['unpinned-requests', 'new-pins'],
  open: (situation) => {
    let isPinned = pinsOfKeys(situation)
    const agent = earlyAgent(situation)
    const pinned = askOver(situation, agent, {
      onRequest: (request) =>
        request.once('socket', (socket: TLSSocket) =>
          // A connection that is used again has said so long ago, and says it never more.
          socket.once('secureConnect', () => {
            const pin = pinOf(socket.getPeerCertificate())
            if (!isPinned(pin)) request.destroy(pinMismatch(pin))
          }),
        ),
    })
    return {
      ...pinned,
      glance: (address) => glanceOver(agent, situation, address),
      renewPins: async (pins) => {
        isPinned = pinsOfKeys({ ...situation, shipped: { ...situation.shipped, pins } })
      },
    }
  },
  mistake: {
    belief: 'Every request has a connection, and every connection says secureConnect before anything is sent.',
    source: 'https://hassansin.github.io/certificate-pinning-in-nodejs',
    fix: 'Check in checkServerIdentity, on an agent that nothing unpinned uses and that ends with its pins.',
    falls: { 'shared-agent-keepalive': 'intercepted', 'pin-revoked-kept-alive': 'intercepted' },
  },
} satisfies Client
