import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createServer, connect as dial, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { versionsIn } from '#mitm/client-hello.ts'
import { ask, HOST, PICTURE, refusal, TOKEN, type World, world } from './world.ts'

let lab: World
beforeAll(async () => {
  lab = await world()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

/** A strict client on a device that trusts the attacker. */
const trusting = () => ({ ca: [lab.material.root.chain, lab.material.attacker.trustedAuthority.chain] })
const arm = (attack: string) => lab.attacker.arm(lab.order({ attack }))

/** The first bytes that Node says as a client. */
async function hello(options: ConnectionOptions = {}): Promise<Buffer> {
  const heard = Promise.withResolvers<Buffer>()
  await using server = await listen(
    createServer((socket) => socket.once('data', heard.resolve).on('error', () => {})),
    { what: 'a listener' },
  )
  const socket = connect({ host: '127.0.0.1', port: server.port, servername: HOST, ...options })
  socket.on('error', () => {})
  const bytes = await heard.promise
  socket.destroy()
  return bytes
}

async function raw(port: number): Promise<Socket> {
  const socket = dial({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function inClear(port: number): Promise<string> {
  const asked = request({ host: '127.0.0.1', port, path: '/planetary/apod', headers: { 'approov-token': TOKEN } }).end()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  return answer ? text(answer) : ''
}

describe.each([
  ['dropssl-alert', /ALERT_HANDSHAKE_FAILURE$|^EPROTO$/],
  ['dropssl-reset', /^ECONNRESET$/],
  ['plaintext-on-tls-port', /^ERR_SSL_WRONG_VERSION_NUMBER$|^EPROTO$/],
])('%s', (attack, code) => {
  test('lets no TLS come about, and reads nothing from whoever stops there', async () => {
    const { play, port } = await arm(attack)
    expect(await refusal(ask(port, { rejectUnauthorized: false }))).toMatch(code)
    const evidence = await lab.attacker.evidence(play)
    expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'refused', sni: HOST }] })
    expect(evidence).not.toHaveProperty('presented')
  })

  test('answers whoever then asks in clear, and has its token', async () => {
    const { play, port } = await arm(attack)
    await refusal(ask(port))
    expect(JSON.parse(await inClear(port)).title).toBe(`INTERCEPTED: ${PICTURE.title}`)
    const evidence = await lab.attacker.evidence(play)
    expect(evidence).toMatchObject({ token: TOKEN, requests: [{ method: 'GET', path: '/planetary/apod' }] })
    expect(evidence.connections.map(({ handshake }) => handshake)).toEqual(['refused', 'connect-only'])
    expect(evidence.applicationBytes).toBeGreaterThan(TOKEN.length)
  })
})

test.each([
  ['dropssl-alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  ['plaintext-on-tls-port', Buffer.from('HTTP/1.1 200 OK\r\n')],
])('%s answers a greeting that comes byte by byte, once all of it is there', async (attack, beginning) => {
  const { play, port } = await arm(attack)
  const socket = await raw(port)
  const bytes = await hello()
  const answer = buffer(socket)
  for (const byte of bytes.subarray(0, -1)) await new Promise((sent) => socket.write(Uint8Array.of(byte), sent))
  expect(socket.bytesRead).toBe(0)
  socket.end(bytes.subarray(-1))
  expect((await answer).subarray(0, beginning.length)).toEqual(beginning)
  expect(await lab.attacker.evidence(play)).toMatchObject({ connections: [{ handshake: 'refused', sni: HOST }] })
})

describe('tls10-tls11', () => {
  const LAX = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const

  test('reads a client that would still speak TLS 1.1', async () => {
    const { play, port } = await arm('tls10-tls11')
    const told = await ask(port, { ...trusting(), ...LAX })
    expect(JSON.parse(String(told.body)).title).toBe(`INTERCEPTED: ${PICTURE.title}`)
    expect(await lab.attacker.evidence(play)).toMatchObject({
      token: TOKEN,
      connections: [{ handshake: 'completed', tlsVersion: 'TLSv1.1' }],
    })
  })

  test('the control: the same client meets an attacker without that limit in TLS 1.3', async () => {
    const { play, port } = await arm('trusted-authority')
    await ask(port, { ...trusting(), ...LAX })
    expect(await lab.attacker.evidence(play)).toMatchObject({ connections: [{ tlsVersion: 'TLSv1.3' }] })
  })

  test.each([
    ['TLS 1.2 and 1.3', {}],
    ['TLS 1.2 alone, without a list of versions', { maxVersion: 'TLSv1.2' }],
  ] as const)('a client of %s refuses by itself, and is not sent an alert', async (_, versions) => {
    const { play, port } = await arm('tls10-tls11')
    await expect(ask(port, { ...trusting(), ...versions })).rejects.toThrow(
      /unsupported protocol|no protocols available/,
    )
    const evidence = await lab.attacker.evidence(play)
    expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'failed', sni: HOST }] })
  })

  test('what it says unasked is a server’s first flight in TLS 1.1, with the chain in it', async () => {
    const { play, port } = await arm('tls10-tls11')
    const socket = await raw(port)
    socket.write(await hello())
    const said = await buffer(socket)
    const { presented = '' } = await lab.attacker.evidence(play)
    const [first = ''] = presented.split('-----').filter((part) => part.length > 40)
    // Record and hello, each with the version; the flight is one record.
    expect([said[0], said.readUInt16BE(1), said.readUInt16BE(3), said[5], said.readUInt16BE(9)]).toEqual([
      ...[22, 0x0302, said.length - 5, 2, 0x0302],
    ])
    expect(said.includes(Buffer.from(first, 'base64'))).toBe(true)
    // ServerHelloDone, which is empty.
    expect([...said.subarray(-4)]).toEqual([14, 0, 0, 0])
  })
})

test('tls12-forced meets a client that offers 1.3 in 1.2', async () => {
  const { play, port } = await arm('tls12-forced')
  await ask(port, trusting())
  expect(await lab.attacker.evidence(play)).toMatchObject({
    token: TOKEN,
    connections: [{ handshake: 'completed', tlsVersion: 'TLSv1.2' }],
  })
})

test.each(['dropssl-reset', 'tls10-tls11'])('under %s a client that says nothing is connect-only', async (attack) => {
  const { play, port } = await arm(attack)
  const [leaves, stays] = await Promise.all([raw(port), raw(port)])
  leaves.destroy()
  const evidence = await lab.attacker.evidence(play)
  stays.destroy()
  expect(evidence.connections.map(({ handshake }) => handshake)).toEqual(['connect-only', 'connect-only'])
})

test('the versions in a hello are those that were offered', async () => {
  expect(versionsIn(await hello())).toEqual([0x0304, 0x0303])
  expect(versionsIn(await hello({ maxVersion: 'TLSv1.2' }))).toBeUndefined()
  expect(versionsIn((await hello()).subarray(0, 60))).toBeUndefined()
})
