// The upstream of the proxies that are measured, in a process of its own: as fast as Node can, and nothing that counts.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

const BODIES = { '/1k': Buffer.alloc(1024, 'a'), '/1m': Buffer.alloc(1024 * 1024, 'a') } as const
const { key, cert } = JSON.parse(process.env.UPSTREAM_TLS ?? '{}')
const server = createServer({ key, cert, keepAliveTimeout: 60_000 }, ({ url = '' }, response) => {
  const body = url.startsWith('/1m') ? BODIES['/1m'] : BODIES['/1k']
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
