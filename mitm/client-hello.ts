import { codeOf } from '#kit/error.ts'

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0

/**
 * The host that a client names when it opens TLS (RFC 6066 section 3), read from the plain beginning of its stream:
 * all that a relay learns. Undefined when it names none, when the hello is not all there yet, or when it isn't TLS.
 */
export function serverNameIn(stream: Buffer): string | undefined {
  try {
    return readServerName(handshakeBytes(stream))
  } catch (error) {
    // A read past the end: the rest has not arrived, or never will.
    if (codeOf(error) === 'ERR_OUT_OF_RANGE' || codeOf(error) === 'ERR_BUFFER_OUT_OF_BOUNDS') return undefined
    throw error
  }
}

/** Joins the handshake records at the start of the stream: a long hello may be cut into several (RFC 8446 section 5.1). */
function handshakeBytes(stream: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at + 5 <= stream.length && stream[at] === HANDSHAKE; ) {
    const end = at + 5 + stream.readUInt16BE(at + 3)
    parts.push(stream.subarray(at + 5, end))
    at = end
  }
  return Buffer.concat(parts)
}

function readServerName(hello: Buffer): string | undefined {
  if (hello.readUInt8(0) !== CLIENT_HELLO) return undefined
  // Type 1, length 3, version 2, random 32: then three lists of which only the lengths matter.
  let at = 38
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  const end = at + 2 + hello.readUInt16BE(at)
  for (at += 2; at < end; ) {
    const type = hello.readUInt16BE(at)
    const length = hello.readUInt16BE(at + 2)
    // List length 2, name type 1, name length 2, name.
    if (type === SERVER_NAME && length > 5) {
      const from = at + 9
      const to = from + hello.readUInt16BE(at + 7)
      return to <= hello.length ? hello.toString('latin1', from, to) : undefined
    }
    at += 4 + length
  }
  return undefined
}
