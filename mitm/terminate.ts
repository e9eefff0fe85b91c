import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { codeOf } from '#kit/error.ts'
import type { Presented } from './attack.ts'
import { readPlaintext } from './read-plaintext.ts'
import { serveHttp2 } from './serve-http2.ts'
import type { SeenConnection } from './witness.ts'

export interface TerminatorOptions {
  /** What the victim is shown, whatever name it asks for, or none. */
  readonly presents: Presented
  /** A way into whatever reads the plaintext. Taken only when a first byte has arrived. */
  readonly enter: () => Promise<Duplex>
  /** 48 bytes that several servers share, so that a session agreed on with one of them is taken up by the others. */
  readonly ticketKeys?: Buffer
}

/**
 * Ends the victim's TLS and counts what it sends inside. The handshake's outcome is noted but proves nothing: a client
 * that refuses a pin shows a TLS 1.2 server a completed handshake and then a close, and a TLS 1.3 server a reset. Only
 * the bytes tell.
 */
export function terminator({
  presents,
  enter,
  ticketKeys,
}: TerminatorOptions): (victim: Socket, seen: SeenConnection) => TLSSocket {
  const secureContext = createSecureContext({
    ...{ key: presents.key, cert: presents.chain, minVersion: 'TLSv1.2' as const },
    ...presents.tls,
    ...(ticketKeys && { ticketKeys }),
  })
  return (victim, seen) => {
    victim.allowHalfOpen = false
    const secure = new TLSSocket(victim, {
      isServer: true,
      secureContext,
      ALPNProtocols: presents.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      // Called before the handshake ends, so that the name is known of those that fail too.
      SNICallback: (name, done) => {
        seen.sni = name
        done(null)
      },
    })
    watch(secure, victim, seen)
    const { http2 } = presents
    if (!http2) readPlaintext(secure, seen, enter)
    else {
      secure.once('secure', () => {
        if (secure.alpnProtocol === 'h2') serveHttp2(secure, seen, { ...http2, enter })
        else readPlaintext(secure, seen, enter)
      })
    }
    return secure
  }
}

function watch(secure: TLSSocket, victim: Socket, seen: SeenConnection): void {
  secure.once('secure', () => {
    seen.handshake = 'completed'
    if (secure.alpnProtocol) seen.alpn = secure.alpnProtocol
    const version = secure.getProtocol()
    if (version) seen.tlsVersion = version
    if (secure.isSessionReused()) seen.resumed = true
  })
  const failed = (error: Error) => {
    seen.failure ??= inWords(error)
    // Spoken in clear to a TLS port: nothing had to be decrypted for the attacker to read it.
    if (codeOf(error) === 'ERR_SSL_HTTP_REQUEST') seen.applicationBytes += victim.bytesRead
  }
  secure.on('error', failed)
  victim.on('error', failed)
  secure.once('close', () => {
    if (seen.handshake === 'completed' || victim.bytesRead === 0) return
    seen.handshake = 'failed'
    seen.failure ??= 'closed before the handshake ended'
  })
}

/** OpenSSL's name for the alert where there is one, else Node's code. */
function inWords(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return codeOf(error) ?? error.message
}
