import type { IncomingMessage } from 'node:http'

/** A request that is turned away, and what its sender is told. */
export class Denial extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** bytes; a measurement needs 83 */
const LIMIT = 1024

/** @throws Denial BODY_NOT_JSON, BODY_TOO_LARGE */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > LIMIT) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  // Not `for await`: leaving it early would destroy the socket that the answer must go through.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > LIMIT) reject(tooLarge())
      else chunks.push(chunk)
    })
    request.once('end', resolve)
    request.once('error', () => reject(new Denial(400, 'BODY_NOT_JSON', 'the body broke off')))
  })
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Denial(400, 'BODY_NOT_JSON', 'the body is not JSON')
  }
}

function tooLarge(): Denial {
  return new Denial(413, 'BODY_TOO_LARGE', `the body is larger than ${LIMIT} bytes`)
}
