import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { codeOf } from '#kit/error.ts'
import { beginningOf, serverNameIn, speaksTls } from './client-hello.ts'
import { readPlaintext } from './read-plaintext.ts'
import type { Obstruction } from './story.ts'
import type { SeenConnection } from './witness.ts'

export interface ObstructorOptions {
  readonly how: Obstruction | 'no-tunnel'
  /** A way into whatever reads plaintext: a victim that speaks in clear is read and answered. */
  readonly enter: () => Promise<Duplex>
}

/** Lets no TLS come about, and waits for what the victim falls back to. */
export function obstructor({ how, enter }: ObstructorOptions): (victim: Socket, seen: SeenConnection) => void {
  return (victim, seen) => {
    if (how === 'no-tunnel') {
      // Said before the victim says anything: one that leaves at once was refused too, and is gone then.
      victim.allowHalfOpen = false
      seen.handshake = 'refused'
      seen.failure = SAID[how]
    }
    victim.on('error', (error) => {
      seen.failure ??= codeOf(error) ?? error.message
    })
    beginningOf(victim, (beginning) => {
      if (!speaksTls(beginning)) {
        victim.unshift(beginning)
        return readPlaintext(victim, seen, enter)
      }
      const sni = serverNameIn(beginning)
      if (sni !== undefined) seen.sni = sni
      seen.handshake = 'refused'
      seen.failure = SAID[how]
      ANSWER[how](victim)
      victim.resume()
    })
  }
}

const SAID: Readonly<Record<ObstructorOptions['how'], string>> = {
  'plaintext-answer': 'the greeting was answered in clear',
  'tls-alert': 'the greeting was answered with the alert handshake_failure',
  'tcp-reset': 'the greeting was answered with a reset',
  'no-tunnel': 'CONNECT was answered with 502',
}

const BODY = JSON.stringify({ title: 'INTERCEPTED', explanation: 'This answer came in clear.' })

const ANSWER: Readonly<Record<ObstructorOptions['how'], (victim: Socket) => void>> = {
  'plaintext-answer': (victim) =>
    victim.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\nconnection: close\r\n\r\n${BODY}`,
    ),
  // A record of type alert, level fatal, handshake_failure (RFC 8446 section 6).
  'tls-alert': (victim) => victim.end(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)),
  'tcp-reset': (victim) => victim.resetAndDestroy(),
  'no-tunnel': (victim) => victim.end(),
}
