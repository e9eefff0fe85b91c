import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { Answer } from './forward.ts'

const LARGEST = 16 * 1024 * 1024

const DECODERS: Readonly<Record<string, (data: Buffer) => Promise<Buffer>>> = {
  identity: async (data) => data,
  gzip: (data) => promisify(gunzip)(data, { maxOutputLength: LARGEST }),
  deflate: (data) => promisify(inflate)(data, { maxOutputLength: LARGEST }),
  br: (data) => promisify(brotliDecompress)(data, { maxOutputLength: LARGEST }),
  zstd: (data) => promisify(zstdDecompress)(data, { maxOutputLength: LARGEST }),
}

/** The body without its content encoding; undefined for one that nobody asked a browser to know. Rejects where it is broken. */
export async function decoded({ headers, body }: Pick<Answer, 'headers' | 'body'>): Promise<Buffer | undefined> {
  return DECODERS[String(headers['content-encoding'] ?? 'identity').toLowerCase()]?.(body)
}

export function isJson(contentType: string): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(contentType)
}
