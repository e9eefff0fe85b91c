// The upstream of the proxies that are measured, in a process of its own: as fast as Node can, and nothing that counts.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'

const DAY = {
  ...{ date: '2017-01-01', media_type: 'image', service_version: 'v1', title: 'Comet', explanation: 'x'.repeat(900) },
  hdurl: 'https://apod.nasa.gov/apod/image/1701/comet.jpg',
  url: 'https://apod.nasa.gov/apod/image/1701/comet_960.jpg',
}
const DAYS = Buffer.from(JSON.stringify(Array.from({ length: 4_200 }, () => DAY)))

interface Body {
  readonly type: string
  readonly body: Buffer
}
const BODIES: Readonly<Record<string, Body>> = {
  '/1k': { type: 'application/octet-stream', body: Buffer.alloc(1024, 'a') },
  '/1m': { type: 'application/octet-stream', body: Buffer.alloc(1024 * 1024, 'a') },
  '/day': { type: 'application/json', body: Buffer.from(JSON.stringify(DAY)) },
  '/days': { type: 'application/json', body: DAYS },
  '/days-unread': { type: 'application/octet-stream', body: DAYS },
}
/** At the pace of who reads it: at once it would be encrypted at once. */
const LARGE = { path: '/64m', pieces: 1024, piece: Buffer.alloc(64 * 1024, 'a') }
/** As long as an answer takes over the internet, at least. */
const LATER = { path: '/later', ms: 10, body: Buffer.alloc(1024, 'a') }
const { key, cert } = JSON.parse(process.env.UPSTREAM_TLS ?? '{}')
const server = createServer({ key, cert, keepAliveTimeout: 60_000 }, ({ url = '' }, response) => {
  const path = url.split('?', 1)[0] ?? ''
  if (path === LARGE.path) {
    response.writeHead(200, { 'content-length': LARGE.pieces * LARGE.piece.length })
    return void pipeline(Readable.from(Array(LARGE.pieces).fill(LARGE.piece)), response, () => {})
  }
  if (path === LATER.path) return void setTimeout(() => response.end(LATER.body), LATER.ms)
  const { type, body } = BODIES[path] ?? { type: 'text/plain', body: Buffer.alloc(0) }
  response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
