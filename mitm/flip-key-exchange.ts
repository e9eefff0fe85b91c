import { Transform } from 'node:stream'
import type { SeenConnection } from './witness.ts'

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const SERVER_KEY_EXCHANGE = 12
/** Type 1, version 2, length 2 (RFC 5246 section 6.2.1). */
const RECORD_HEADER = 5
/** Type 1, length 3 (RFC 5246 section 7.4). */
const MESSAGE_HEADER = 4

/**
 * For the genuine host's bytes: flips the last bit of its ServerKeyExchange, which belongs to the signature by which a
 * server of TLS 1.2 proves that it holds its certificate's key (RFC 5246 section 7.4.3). TLS 1.3 has no such message, and
 * nothing of the kind in clear: there all stays as it was.
 */
export function flipKeyExchange(seen: SeenConnection): Transform {
  const isLastOfKeyExchange = follower()
  const flipIn = (record: Buffer) => {
    for (let at = RECORD_HEADER; at < record.length; at += 1) {
      if (!isLastOfKeyExchange(record.readUInt8(at))) continue
      record.writeUInt8(record.readUInt8(at) ^ 1, at)
      seen.failure = 'one bit of the signature over the key exchange was flipped'
    }
  }
  let waiting: Buffer = Buffer.alloc(0)
  let encrypted = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      waiting = Buffer.concat([waiting, chunk])
      for (let record = recordIn(waiting); record && !encrypted; record = recordIn(waiting)) {
        waiting = waiting.subarray(record.length)
        encrypted = record[0] === CHANGE_CIPHER_SPEC
        if (record[0] === HANDSHAKE) flipIn(record)
        this.push(record)
      }
      if (!encrypted) return done()
      this.push(waiting)
      waiting = Buffer.alloc(0)
      done()
    },
    flush: (done) => done(null, waiting),
  })
}

function recordIn(stream: Buffer): Buffer | undefined {
  const length = stream.length < RECORD_HEADER ? Infinity : RECORD_HEADER + stream.readUInt16BE(3)
  return length > stream.length ? undefined : stream.subarray(0, length)
}

/** Byte by byte: a message may lie in several records, and a record may hold several messages. */
function follower(): (byte: number) => boolean {
  let header: number[] = []
  let left = 0
  return (byte) => {
    if (header.length < MESSAGE_HEADER) {
      header.push(byte)
      left = header.length < MESSAGE_HEADER ? 0 : Buffer.from(header).readUIntBE(1, 3)
      if (header.length < MESSAGE_HEADER || left > 0) return false
      // ServerHelloDone is all header.
      header = []
      return false
    }
    left -= 1
    if (left > 0) return false
    const [type] = header
    header = []
    return type === SERVER_KEY_EXCHANGE
  }
}
