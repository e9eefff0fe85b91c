import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { type ConnectionOptions, connect, createServer as createTlsServer, type SecureVersion } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import type { Credentials } from '#certs/credentials.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { createListener } from '#lab/try/manual-records.ts'

let authority: Credentials
let server: Listening
beforeAll(async () => {
  const validity = lasting(new Date(), 1)
  authority = await createAuthority({ name: 'Root', validity })
  const { key, chain } = await issue({ names: ['a.test'], validity, signedBy: authority })
  const host = createTlsServer({ key, cert: chain, minVersion: 'TLSv1.2' }, (socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('fine'))
  })
  host.on('tlsClientError', () => {})
  server = await listen(host, { what: 'a host' })
})
afterAll(() => server.close())

/** Whether a client was heard to say something, in a connection that passes by. @param piece bytes that are looked at at once */
async function heard(options: ConnectionOptions, { asks = false, piece = 65_536 } = {}): Promise<boolean> {
  const listens = createListener()
  let spoken = false
  const relay = createServer((near: Socket) => {
    const far = connectTcp(server.port, '127.0.0.1')
    near.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += piece) spoken = listens(chunk.subarray(at, at + piece))
    })
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  })
  await using between = await listen(relay, { what: 'a relay' })
  const client = connect({ host: '127.0.0.1', port: between.port, servername: 'a.test', ...options })
  client
    .on('error', () => {})
    .on('secureConnect', () => client.end(asks ? 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n' : ''))
  client.resume()
  await once(client, 'close').catch(() => {})
  return spoken
}

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']

test.each(VERSIONS)('with %s a request is heard, in whatever pieces it comes', async (maxVersion) => {
  expect(await heard({ ca: authority.chain, maxVersion }, { asks: true })).toBe(true)
  expect(await heard({ ca: authority.chain, maxVersion }, { asks: true, piece: 1 })).toBe(true)
})

test.each(VERSIONS)('with %s neither a refusal nor a farewell is taken for a request', async (maxVersion) => {
  expect(await heard({ maxVersion })).toBe(false)
  expect(await heard({ ca: authority.chain, maxVersion })).toBe(false)
  expect(await heard({ ca: authority.chain, maxVersion, checkServerIdentity: () => new Error('pinned') })).toBe(false)
})

test('what is not TLS is not heard', () => {
  const listens = createListener()
  expect(listens(Buffer.from('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'))).toBe(false)
  expect(listens(Buffer.from([23, 3, 3, 1, 0]))).toBe(false)
})
