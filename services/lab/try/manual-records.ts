/**
 * Reads what passes by, which nobody here can decrypt: whether a client has said something inside its TLS, or only that
 * it will not.
 */
export function createListener(): (chunk: Buffer) => boolean {
  let header = Buffer.alloc(0)
  let skip = 0
  let isTls = true
  let spoken = false
  return (chunk) => {
    let rest = chunk
    while (isTls && rest.length > 0) {
      const skipped = Math.min(skip, rest.length)
      skip -= skipped
      const wanted = Buffer.concat([header, rest.subarray(skipped)])
      if (wanted.length < HEADER) {
        header = wanted
        break
      }
      header = Buffer.alloc(0)
      const type = wanted.readUInt8(0)
      isTls = TYPES.includes(type)
      skip = wanted.readUInt16BE(3)
      spoken ||= type === APPLICATION_DATA && !SAYS_NOTHING.includes(skip) && skip > ALERT
      rest = wanted.subarray(HEADER)
    }
    return spoken
  }
}

/** RFC 8446 section 5.1 */
const HEADER = 5
const TYPES: readonly number[] = [20, 21, 22, 23, 24]
const APPLICATION_DATA = 23

/**
 * TLS 1.3 disguises all that is encrypted as application data (RFC 8446 section 5.2). An alert is 2 bytes, Finished a
 * header of 4 and a hash of 32 or 48; the type and the tag make 17 more. Who refuses a certificate sends nothing else,
 * and a request is hardly ever as long as one of these.
 */
const ALERT = 2 + 17
const SAYS_NOTHING: readonly number[] = [4 + 32 + 17, 4 + 48 + 17]
