// The peer: mockttp as it comes, which forges a certificate for each host that it is asked for.
import { generateCACertificate, getLocal } from 'mockttp'

const { upstreamPort } = JSON.parse(process.env.PEER ?? '{}')
const https = await generateCACertificate()
const server = getLocal({ https: { key: https.key, cert: https.cert }, recordTraffic: false })
await server.start()
await server.forAnyRequest().thenPassThrough({
  ignoreHostHttpsErrors: true,
  transformRequest: { replaceHost: { targetHost: `127.0.0.1:${upstreamPort}`, updateHostHeader: false } },
})
process.send?.({ port: server.port })
