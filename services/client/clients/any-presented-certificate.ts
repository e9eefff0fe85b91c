import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import { presentedIn } from '../certificate-message.ts'
import type { Client } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'

export default {
  title: 'Looks for its pin among all the certificates that the server sent.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    return askOver(
      situation,
      earlyAgent(situation, {}, (socket, options) => pinned(socket, options, isPinned)),
    )
  },
  mistake: {
    belief: 'The server shows its chain; if our key is in it, it is our server.',
    source:
      'CVE-2016-2402; https://github.com/faruktoptas/volley-public-key-pinning/issues/2; https://koz.io/pinning-cve-2016-2402/',
    fix: 'Pin the leaf’s key, which the handshake has proved; what else is sent anybody can send.',
    falls: { 'append-pinned-leaf': 'intercepted' },
  },
} satisfies Client

/** TLS over a pair of streams, so that the server's first bytes can be read on their way. */
function pinned(socket: Socket, options: ConnectionOptions, isPinned: (pin: string) => boolean): TLSSocket {
  const received: Buffer[] = []
  socket.on('data', (bytes) => received.push(bytes))
  const [inner, outer] = duplexPair()
  socket.pipe(outer).pipe(socket)
  socket.on('error', (error) => inner.destroy(error))
  socket.on('close', () => inner.destroy())
  inner.on('close', () => socket.destroy())
  return connect({
    ...options,
    socket: inner,
    checkServerIdentity: (host, certificate) => {
      // TLS 1.3 encrypts them: there the leaf, which Node shows, has to do.
      const shown = [certificate, ...presentedIn(Buffer.concat(received))].map(pinOf)
      return (
        checkServerIdentity(host, certificate) ?? (shown.some(isPinned) ? undefined : pinMismatch(shown.join(', ')))
      )
    },
  })
}
