import { X509Certificate } from 'node:crypto'

const HANDSHAKE = 22
const CERTIFICATE = 11

/**
 * Every certificate in the order in which the server sent it, read from the first bytes of a TLS 1.2 connection
 * (RFC 5246 section 7.4.2): Node shows those only that it can link to the leaf by name.
 */
export function presentedIn(received: Buffer): X509Certificate[] {
  const message = certificateMessage(handshakeOf(received))
  return [...vectors(message.subarray(3))].map((der) => new X509Certificate(der))
}

/** The handshake messages in clear, without the records around them. */
function handshakeOf(received: Buffer): Buffer {
  const fragments: Buffer[] = []
  for (let at = 0; at + 5 <= received.length && received[at] === HANDSHAKE; ) {
    const end = at + 5 + received.readUInt16BE(at + 3)
    fragments.push(received.subarray(at + 5, end))
    at = end
  }
  return Buffer.concat(fragments)
}

function certificateMessage(handshake: Buffer): Buffer {
  for (let at = 0; at + 4 <= handshake.length; ) {
    const end = at + 4 + handshake.readUIntBE(at + 1, 3)
    if (handshake[at] === CERTIFICATE) return handshake.subarray(at + 4, end)
    at = end
  }
  return Buffer.alloc(0)
}

function* vectors(list: Buffer): Generator<Buffer> {
  for (let at = 0; at + 3 <= list.length; ) {
    const end = at + 3 + list.readUIntBE(at, 3)
    yield list.subarray(at + 3, end)
    at = end
  }
}
