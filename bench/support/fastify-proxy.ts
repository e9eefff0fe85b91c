// The peer: Fastify with @fastify/http-proxy, which asks through undici, and its own log line for each request.
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'
import type { buildConnector } from 'undici'

const { key, cert, ca, host, upstreamPort } = JSON.parse(process.env.PEER ?? '{}')
const app = fastify({ https: { key, cert }, logger: true })
await app.register(httpProxy, {
  upstream: `https://${host}`,
  prefix: `/${host}`,
  undici: {
    connections: 64,
    // The same address for that name as for all others who are measured.
    connect: (_options: buildConnector.Options, done: buildConnector.Callback) => {
      const socket = connect({ host: '127.0.0.1', port: upstreamPort, servername: host, ca })
      socket.setNoDelay(true)
      socket.once('secureConnect', () => done(null, socket)).once('error', (error) => done(error, null))
    },
  },
  replyOptions: { rewriteRequestHeaders: (_request, headers) => ({ ...headers, host }) },
})
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo
process.send?.({ port })
