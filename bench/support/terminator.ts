// The peer that only ends TLS: a chain forged as the attacker forges its own, and an answer that nobody is asked for.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { createForger } from '#certs/forger.ts'
import { createMaterial } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'

const now = new Date()
const { attacker } = await createMaterial({ now })
const forger = createForger({ loot: attacker, genuineChain: async () => '', now })
const { key, chain: cert } = await forger.signedBy('trusted', HOSTS.api)
// What the upstream of the others answers, byte for byte but for the date.
const head = ['HTTP/1.1 200 OK', 'content-type: application/octet-stream', 'content-length: 1024']
const date = `Date: ${now.toUTCString()}`
const answer = Buffer.from(`${[...head, date, 'Connection: close'].join('\r\n')}\r\n\r\n${'a'.repeat(1024)}`)

const server = createServer({ key, cert, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] }, (socket: TLSSocket) => {
  socket.on('error', () => {})
  socket.once('data', () => socket.end(answer))
})
await once(server.listen(0, '127.0.0.1'), 'listening')
process.send?.({ port: (server.address() as AddressInfo).port })
