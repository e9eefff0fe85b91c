import type { Socket } from 'node:net'
import { codeOf } from '#kit/error.ts'

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const SUPPORTED_VERSIONS = 43

/** How much of a stream is kept to look into its hello; that of no known client is longer. */
export const LONGEST_HELLO = 16 * 1024

/** Reads from the victim until its hello is all there, or it is clear that there is none. What was read is not put back. */
export function beginningOf(victim: Socket, done: (beginning: Buffer) => void): void {
  let beginning: Buffer = Buffer.alloc(0)
  const collect = (chunk: Buffer) => {
    beginning = Buffer.concat([beginning, chunk])
    if (speaksTls(beginning) && beginning.length < LONGEST_HELLO && !isWhole(beginning)) return
    victim.off('data', collect).pause()
    done(beginning)
  }
  // Somebody else may have looked before, and paused it.
  victim.on('data', collect).resume()
}

export function speaksTls(stream: Buffer): boolean {
  return stream[0] === HANDSHAKE
}

function isWhole(stream: Buffer): boolean {
  const hello = handshakeBytes(stream)
  return hello.length >= 4 && hello.length >= 4 + hello.readUIntBE(1, 3)
}

/**
 * The host that a client names when it opens TLS (RFC 6066 section 3), read from the plain beginning of its stream:
 * all that a relay learns. Undefined when it names none, when the hello is not all there yet, or when it isn't TLS.
 */
export function serverNameIn(stream: Buffer): string | undefined {
  const extension = extensionIn(stream, SERVER_NAME)
  // List length 2, name type 1, name length 2, name.
  if (!extension || extension.length <= 5) return undefined
  const to = 5 + extension.readUInt16BE(3)
  return to <= extension.length ? extension.toString('latin1', 5, to) : undefined
}

/**
 * The versions that a client lists, as they are on the wire: 0x0303 is TLS 1.2 (RFC 8446 section 4.2.1). Undefined when it
 * lists none, as clients before TLS 1.3 do.
 */
export function versionsIn(stream: Buffer): readonly number[] | undefined {
  const extension = extensionIn(stream, SUPPORTED_VERSIONS)
  if (!extension) return undefined
  // List length 1, then 2 for each version.
  return Array.from({ length: (extension.length - 1) >> 1 }, (_, index) => extension.readUInt16BE(1 + 2 * index))
}

function extensionIn(stream: Buffer, wanted: number): Buffer | undefined {
  try {
    return findExtension(handshakeBytes(stream), wanted)
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

function findExtension(hello: Buffer, wanted: number): Buffer | undefined {
  if (hello.readUInt8(0) !== CLIENT_HELLO) return undefined
  // Type 1, length 3, version 2, random 32: then three lists of which only the lengths matter.
  let at = 38
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  const end = at + 2 + hello.readUInt16BE(at)
  for (at += 2; at < end; ) {
    const type = hello.readUInt16BE(at)
    const to = at + 4 + hello.readUInt16BE(at + 2)
    if (type === wanted) return to <= hello.length ? hello.subarray(at + 4, to) : undefined
    at = to
  }
  return undefined
}
