// The peer with nothing in it: node:https on both sides, and a pipeline between them.
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { createSecureContext } from 'node:tls'

const { key, cert, ca, host, upstreamPort } = JSON.parse(process.env.PEER ?? '{}')
const agent = new Agent({ keepAlive: true, secureContext: createSecureContext({ ca }) })
const server = createServer({ key, cert }, ({ url = '', method }, response) => {
  const path = url.slice(host.length + 1)
  const asked = request({ agent, host: '127.0.0.1', port: upstreamPort, servername: host, path, method })
  asked.on('response', (answer) => {
    // Who asked has left: the pipeline would throw.
    if (response.destroyed) return void answer.destroy()
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    pipeline(answer, response, () => {})
  })
  asked.on('error', () => response.destroy())
  asked.end()
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
