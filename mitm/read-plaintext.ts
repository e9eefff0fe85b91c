import { type Duplex, Transform } from 'node:stream'
import type { SeenConnection } from './witness.ts'

/**
 * Counts what the victim says and lets it be read, and answered, by whatever reads plaintext.
 * @param victim the decrypted side of its TLS, or the socket itself where it speaks in clear
 * @param enter a way to the reader; taken only when a first byte has arrived
 */
export function readPlaintext(victim: Duplex, seen: SeenConnection, enter: () => Promise<Duplex>): void {
  let entered = false
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seen.applicationBytes += chunk.length
      if (!entered) {
        entered = true
        enter().then(join, (error: Error) => victim.destroy(error))
      }
      done(null, chunk)
    },
  })
  const join = (reader: Duplex) => {
    reader.on('error', () => victim.destroy())
    counted.pipe(reader)
    reader.pipe(victim)
    // Nobody is left to take the answer: let it run out, so that the reader ends too.
    victim.once('close', () => reader.resume())
    if (victim.destroyed) reader.resume()
  }
  victim.pipe(counted)
  // pipe() does not pass on the end of a stream that broke; what arrived before still has to be read.
  victim.once('close', () => counted.end())
}
