import { connect as connectHttp2, createSecureServer } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Credentials } from '#certs/credentials.ts'
import { listen } from '#kit/listen.ts'
import { type PinnedConnect, pinnedConnect } from '#pin/index.ts'
import { silence, startPlainServer, startServer } from './server.ts'
import { HOST, setTrap, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

function open(more: Partial<Parameters<typeof pinnedConnect>[0]> = {}): PinnedConnect & AsyncDisposable {
  const client = pinnedConnect({ ...trap.agentOptions, ...more })
  return { ...client, [Symbol.asyncDispose]: () => client.close() }
}

const at = ({ port }: { port: number }, host = HOST) => `https://${host}:${port}`
const PROTOCOLS = ['h2', 'http/1.1']

/** Node's HTTP/2 server, and what reached it. */
async function startHttp2(credentials: Credentials) {
  const asked: string[] = []
  const sockets: TLSSocket[] = []
  const server = createSecureServer({ key: credentials.key, cert: credentials.chain })
  server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket))
  server.on('stream', (stream, headers) => {
    asked.push(`${headers[':authority']}${headers[':path']}`)
    stream.respond({ ':status': 200 })
    stream.end('hi')
  })
  return { ...(await listen(server, { what: 'the HTTP/2 server' })), asked, sockets }
}

test('a session of node:http2 over a pinned connection gets its answer', async () => {
  await using server = await startHttp2(trap.genuine.leaf)
  await using client = open()
  const socket = await client.connect(at(server), PROTOCOLS)
  expect(socket.alpnProtocol).toBe('h2')
  const session = connectHttp2(at(server), { createConnection: () => socket })
  const stream = session.request({ ':path': '/x' })
  expect(await stream.toArray()).toEqual([Buffer.from('hi')])
  expect(server.asked).toEqual([`${HOST}:${server.port}/x`])
})

test('a server without the pinned key gets no preface and no request', async () => {
  await using server = await startHttp2(trap.forged)
  await using client = open()
  await expect(client.connect(at(server), PROTOCOLS)).rejects.toMatchObject({ code: 'PIN_MISMATCH' })
  await client.close()
  await server.close()
  expect([server.asked, server.sockets.map(({ bytesRead }) => bytesRead).filter(Boolean)]).toEqual([[], []])
})

test.each([
  [undefined, 'http/1.1'],
  [['h2', 'http/1.1'], 'h2'],
  [['http/1.1'], 'http/1.1'],
] as const)('offered %s, a server that knows both speaks %s', async (protocols, spoken) => {
  await using server = await startServer(trap.genuine.leaf, silence, { ALPNProtocols: ['h2', 'http/1.1'] })
  await using client = open()
  expect(await client.connect(at(server), protocols)).toHaveProperty('alpnProtocol', spoken)
})

test('no second connection resumes the session of the first', async () => {
  await using server = await startServer(trap.genuine.leaf)
  await using client = open()
  for (let count = 0; count < 2; count += 1) (await client.connect(at(server))).destroy()
  await server.idle()
  expect(server.seen).toMatchObject({ connections: 2, resumed: 0 })
})

describe('before there is a connection', () => {
  test.each([
    ['https://other.test', 'HOST_NOT_PINNED'],
    ['https://127.0.0.1', 'HOST_REFUSED'],
    ['http://api.test', 'NOT_HTTPS'],
  ])('%s is refused', async (url, code) => {
    await using client = open()
    await expect(client.connect(url)).rejects.toMatchObject({ code })
    expect(() => client.admit(url)).toThrow(code)
  })

  test.each([{ Host: 'other.test' }, { ':authority': 'other.test' }, { host: 'api.test.' }])(
    'a request with the headers %j is refused',
    async (headers) => {
      await using client = open()
      expect(() => client.admit('https://api.test/x', headers)).toThrow('HOST_REFUSED')
    },
  )

  test.each([{}, { host: 'api.test' }, { 'x-forwarded-host': 'other.test' }])(
    'a request with the headers %j is not',
    async (headers) => {
      await using client = open()
      expect(() => client.admit('https://api.test/x', headers)).not.toThrow()
    },
  )
})

test('close ends a connection that is on its way, and one that is open, and is for good', async () => {
  await using silent = await startPlainServer(silence)
  await using server = await startServer(trap.genuine.leaf)
  const client = open({ timeout: 60_000 })
  await client.connect(at(server))
  const pending = client.connect(at(silent)).catch((error: unknown) => error)
  while (silent.seen.connections === 0) await new Promise(setImmediate)
  await client.close()
  expect(await pending).toMatchObject({ code: 'CONNECTION_CLOSED' })
  await Promise.all([silent.idle(), server.idle()])
  await expect(client.connect(at(server))).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
})
