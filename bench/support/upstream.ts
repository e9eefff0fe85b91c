// The upstream of the proxies that are measured, in a process of its own: as fast as Node can, and nothing that counts.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

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
  '/64m': { type: 'application/octet-stream', body: Buffer.alloc(64 * 1024 * 1024, 'a') },
  '/day': { type: 'application/json', body: Buffer.from(JSON.stringify(DAY)) },
  '/days': { type: 'application/json', body: DAYS },
  '/days-unread': { type: 'application/octet-stream', body: DAYS },
}
const { key, cert } = JSON.parse(process.env.UPSTREAM_TLS ?? '{}')
const server = createServer({ key, cert, keepAliveTimeout: 60_000 }, ({ url = '' }, response) => {
  const { type, body } = BODIES[url.split('?', 1)[0] ?? ''] ?? { type: 'text/plain', body: Buffer.alloc(0) }
  response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
