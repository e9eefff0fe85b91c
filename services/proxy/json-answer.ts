import { isUtf8 } from 'node:buffer'
import type { OutgoingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import { codeOf } from '#kit/error.ts'
import type { Answer } from './exchange.ts'
import { failure } from './failures.ts'

/** Only these bodies are read whole; everything else streams. */
export function isJson({ headers }: Answer): boolean {
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(first(headers['content-type']) ?? '')
}

// Said twice, it is the first that counts, as in Node's own client.
function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

export interface JsonReading {
  readonly host: string
  /** Bytes, as sent and as decoded. */
  readonly limit: number
  readonly rewrite: (text: string) => string
}

/**
 * The body rewritten, in the content coding that it came in.
 * @throws LabError UPSTREAM_TOO_LARGE, UPSTREAM_BAD_ANSWER and what reading the answer throws
 */
export async function rewrittenBody(answer: Answer, plan: JsonReading): Promise<Buffer> {
  const coding = codingOf(answer, plan.host)
  const sent = await wholeBody(answer, plan)
  const plain = await decoded(sent, coding, plan)
  // Not UTF-8, so not JSON (RFC 8259 section 8.1), and yet our key may be in it: read as Latin-1 every byte stays.
  const charset = isUtf8(plain) ? 'utf8' : 'latin1'
  const text = plain.toString(charset)
  const rewritten = plan.rewrite(text)
  return rewritten === text ? sent : coding.encode(Buffer.from(rewritten, charset))
}

/** The headers that described the upstream's bytes, made true for ours. */
export function rewrittenHeaders(headers: OutgoingHttpHeaders, length: number | undefined): OutgoingHttpHeaders {
  const ours = { ...headers }
  for (const name of DESCRIBE_BYTES) delete ours[name]
  if (length !== undefined) ours['content-length'] = String(length)
  // Same meaning, other bytes: what a weak validator says (RFC 9110 section 8.8.1), so it still works for If-None-Match.
  if (typeof ours.etag === 'string') ours.etag = weak(ours.etag)
  return ours
}

/** An upstream confirms with its own strong tag what the client may hold under our weak one. */
export function confirmedTag(etag: string, ifNoneMatch: string | undefined): string {
  return ifNoneMatch?.includes(weak(etag)) ? weak(etag) : etag
}

function weak(etag: string): string {
  return etag.startsWith('W/') ? etag : `W/${etag}`
}

// A range of our bytes is not a range of theirs, so ranges are not offered.
const DESCRIBE_BYTES = ['accept-ranges', 'content-digest', 'content-length', 'content-md5', 'digest', 'repr-digest']

interface Coding {
  readonly decode: (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>
  readonly encode: (data: Buffer) => Promise<Buffer> | Buffer
}

const GZIP: Coding = { decode: promisify(gunzip), encode: (data) => promisify(gzip)(data) }

const CODING: Readonly<Record<string, Coding>> = {
  identity: { decode: async (data) => data, encode: (data) => data },
  gzip: GZIP,
  'x-gzip': GZIP,
  br: {
    decode: promisify(brotliDecompress),
    // The default, 11, takes a second a megabyte.
    encode: (data) => promisify(brotliCompress)(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  },
  zstd: { decode: promisify(zstdDecompress), encode: (data) => promisify(zstdCompress)(data) },
}

function codingOf({ headers }: Answer, host: string): Coding {
  const name = [headers['content-encoding'] ?? 'identity'].flat().join(', ').trim().toLowerCase()
  const coding = Object.hasOwn(CODING, name) ? CODING[name] : undefined
  if (!coding) throw failure('UPSTREAM_BAD_ANSWER', `${host} encoded its JSON in a way that was not asked for`)
  return coding
}

async function wholeBody(answer: Answer, plan: JsonReading): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  await answer.read({
    write: (chunk) => {
      size += chunk.length
      if (size > plan.limit) throw tooLarge(plan)
      chunks.push(chunk)
      return true
    },
    drained: () => {},
  })
  return Buffer.concat(chunks)
}

async function decoded(sent: Buffer, coding: Coding, plan: JsonReading): Promise<Buffer> {
  try {
    return sent.length === 0 ? sent : await coding.decode(sent, { maxOutputLength: plan.limit })
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(plan)
    throw failure('UPSTREAM_BAD_ANSWER', `${plan.host} sent compressed JSON that does not decompress`, error)
  }
}

function tooLarge({ host, limit }: JsonReading): Error {
  return failure('UPSTREAM_TOO_LARGE', `${host} answered with more than ${limit} bytes of JSON`)
}
