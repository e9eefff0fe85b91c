import type { Socket } from 'node:net'
import { type Duplex, Transform } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { codeOf } from '#kit/error.ts'
import type { Presented } from './attack.ts'
import type { SeenConnection } from './witness.ts'

export interface TerminatorOptions {
  /** What the victim is shown, whatever name it asks for, or none. */
  readonly presents: Presented
  /** A way into whatever reads the plaintext. Taken only when a first byte has arrived. */
  readonly enter: () => Promise<Duplex>
}

/**
 * Ends the victim's TLS and counts what it sends inside. The handshake's outcome is noted but proves nothing: a client
 * that refuses a pin shows a TLS 1.2 server a completed handshake and then a close, and a TLS 1.3 server a reset. Only
 * the bytes tell.
 */
export function terminator({
  presents,
  enter,
}: TerminatorOptions): (victim: Socket, seen: SeenConnection) => TLSSocket {
  const secureContext = createSecureContext({
    ...{ key: presents.key, cert: presents.chain, minVersion: 'TLSv1.2' as const },
    ...presents.tls,
  })
  return (victim, seen) => {
    victim.allowHalfOpen = false
    const secure = new TLSSocket(victim, {
      isServer: true,
      secureContext,
      ALPNProtocols: ['http/1.1'],
      // Called before the handshake ends, so that the name is known of those that fail too.
      SNICallback: (name, done) => {
        seen.sni = name
        done(null)
      },
    })
    watch(secure, victim, seen)
    readPlaintext(secure, seen, enter)
    return secure
  }
}

function watch(secure: TLSSocket, victim: Socket, seen: SeenConnection): void {
  secure.once('secure', () => {
    seen.handshake = 'completed'
    if (secure.alpnProtocol) seen.alpn = secure.alpnProtocol
    const version = secure.getProtocol()
    if (version) seen.tlsVersion = version
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

function readPlaintext(secure: TLSSocket, seen: SeenConnection, enter: () => Promise<Duplex>): void {
  let entered = false
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seen.applicationBytes += chunk.length
      if (!entered) {
        entered = true
        enter().then(join, (error: Error) => secure.destroy(error))
      }
      done(null, chunk)
    },
  })
  const join = (reader: Duplex) => {
    reader.on('error', () => secure.destroy())
    counted.pipe(reader)
    reader.pipe(secure)
    // Nobody is left to take the answer: let it run out, so that the reader ends too.
    secure.once('close', () => reader.resume())
    if (secure.destroyed) reader.resume()
  }
  secure.pipe(counted)
  // pipe() does not pass on the end of a stream that broke; what arrived before still has to be read.
  secure.once('close', () => counted.end())
}

/** OpenSSL's name for the alert where there is one, else Node's code. */
function inWords(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  return codeOf(error) ?? error.message
}
