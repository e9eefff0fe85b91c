import { webcrypto, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'

// Node sends the request as soon as the listeners of secureConnect have returned: an await is a return.
export default {
  title: 'Checks the pin at secureConnect, after an await, while the request is on its way.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    return askOver(situation, earlyAgent(situation), {
      onRequest: (request) =>
        request.once('socket', (socket: TLSSocket) =>
          socket.once('secureConnect', async () => {
            const pin = await pinOf(new X509Certificate(socket.getPeerCertificate().raw))
            if (!isPinned(pin)) request.destroy(pinMismatch(pin))
          }),
        ),
    })
  },
  mistake: {
    belief: 'secureConnect comes before the request is sent, so there is time to check.',
    source: 'https://github.com/websockets/ws/issues/1281: the check in secureConnect, as it is handed around',
    fix: 'Check in checkServerIdentity, and synchronously: what it returns is waited for.',
    undoes: { 'key-pin': 'leaked' },
  },
} satisfies Client

async function pinOf({ publicKey }: X509Certificate): Promise<string> {
  const hash = await webcrypto.subtle.digest('SHA-256', publicKey.export({ type: 'spki', format: 'der' }))
  return `sha256/${Buffer.from(hash).toString('base64')}`
}
