import type { TLSSocket } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'

export default {
  title: 'Lets the pin take the place of chain, dates and name.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'key-pin', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    return askOver(situation, earlyAgent(situation, { rejectUnauthorized: false }), {
      onRequest: (request) =>
        request.once('socket', (socket: TLSSocket) =>
          socket.once('secureConnect', () => {
            const pin = pinOf(socket.getPeerCertificate())
            if (!isPinned(pin)) request.destroy(pinMismatch(pin))
          }),
        ),
    })
  },
  mistake: {
    belief: 'Whoever has the pinned key is the server; what else the certificate says adds nothing.',
    source:
      'https://github.com/websockets/ws/issues/1281: the check in secureConnect; TrustKit testPinnedDomainExpiredChain: what it has to be safe from',
    fix: 'Pin in addition: keep rejectUnauthorized true. A lost key is then of use until its certificate runs out, not for ever.',
    undoes: { chain: 'intercepted', validity: 'intercepted', hostname: 'intercepted' },
  },
} satisfies Client
