import { once } from 'node:events'
import { request } from 'node:http'
import { createServer, connect as dial } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { ask, HOST, PICTURE, refusal, TOKEN, tunnel, type World, world } from './world.ts'

let lab: World
beforeAll(async () => {
  lab = await world()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

async function throughTunnel(port: number, more: { rejectUnauthorized?: boolean; ca?: string }) {
  const { socket, answer } = await tunnel(port, `${HOST}:443`)
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  // An agent would open a connection of its own.
  return ask(port, { agent: undefined, createConnection: () => connect({ socket, servername: HOST, ...more }) })
}

test('on the proxy road a lax client is fooled inside its tunnel', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'stranger-authority', road: 'proxy' }))
  const told = await throughTunnel(port, { rejectUnauthorized: false })
  const evidence = await lab.attacker.evidence(play)
  expect(JSON.parse(String(told.body)).title).toBe(`INTERCEPTED: ${PICTURE.title}`)
  expect(evidence).toMatchObject({ token: TOKEN, connections: [{ handshake: 'completed', sni: HOST }] })
})

test('on the proxy road a strict client refuses inside its tunnel, and no byte arrives', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'stranger-authority', road: 'proxy' }))
  const refused = await refusal(throughTunnel(port, { ca: lab.material.root.chain }))
  const evidence = await lab.attacker.evidence(play)
  expect(refused).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  expect(evidence).toMatchObject({ applicationBytes: 0, requests: [], connections: [{ sni: HOST }] })
})

test('on the proxy road the control reaches the genuine host through a blind tunnel', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', road: 'proxy' }))
  const told = await throughTunnel(port, { ca: lab.material.root.chain })
  const evidence = await lab.attacker.evidence(play)
  expect(JSON.parse(String(told.body))).toEqual(PICTURE)
  expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'relayed', sni: HOST }] })
})

test.each(['evil.lab.test:443', '127.0.0.1:22', `${HOST}.evil.lab.test:443`, `x${HOST}:443`, HOST.slice(1), ''])(
  'a tunnel to %s is refused: the attacker reaches only the host of its play',
  async (authority) => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', road: 'proxy' }))
    const { socket, answer } = await tunnel(port, authority)
    socket.destroy()
    const { connections } = await lab.attacker.evidence(play)
    expect(answer).toMatch(/^HTTP\/1.1 40[03] /)
    expect(connections.map(({ handshake }) => handshake).filter((one) => one !== 'connect-only')).toEqual([])
  },
)

test.each([`${HOST.toUpperCase()}:8443`, `${HOST}.:443`, HOST])(
  'a tunnel to %s is one to the host of the play',
  async (authority) => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', road: 'proxy' }))
    const { socket, answer } = await tunnel(port, authority)
    socket.destroy()
    await lab.attacker.evidence(play)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
  },
)

test('a request in clear through the proxy is refused, and its bytes are the attacker’s all the same', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', road: 'proxy' }))
  const asked = request({ port, path: `http://${HOST}/planetary/apod`, headers: { 'approov-token': TOKEN } }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  const evidence = await lab.attacker.evidence(play)
  expect(response.statusCode).toBe(403)
  expect(evidence).toMatchObject({
    token: TOKEN,
    requests: [{ method: 'GET', path: `http://${HOST}/planetary/apod` }],
    connections: [{ handshake: 'connect-only' }],
  })
  expect(evidence.applicationBytes).toBeGreaterThan(TOKEN.length)
})

test('a client that sends its hello together with its CONNECT is served', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'stranger-authority', road: 'proxy' }))
  const hasty = dial(port, '127.0.0.1')
  hasty.write(
    Buffer.concat([Buffer.from(`CONNECT ${HOST}:443 HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`), await helloOf(HOST)]),
  )
  let heard = Buffer.alloc(0)
  hasty.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk])
  })
  // A handshake record that follows the proxy's own answer: the server's hello.
  while (!heard.includes(Buffer.from('\r\n\r\n\x16\x03'))) await once(hasty, 'data')
  hasty.destroy()
  const { connections } = await lab.attacker.evidence(play)
  expect(connections).toMatchObject([{ sni: HOST, handshake: 'failed' }])
})

/** The first bytes that a TLS client sends. */
async function helloOf(servername: string): Promise<Buffer> {
  const heard = Promise.withResolvers<Buffer>()
  await using server = await listen(
    createServer((socket) => socket.once('data', (hello) => heard.resolve(hello))),
    { what: 'nobody' },
  )
  const client = connect({ port: server.port, servername }).on('error', () => {})
  const hello = await heard.promise
  client.destroy()
  return hello
}

test('a client that speaks TLS to the proxy itself shows up, with the reason', async () => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none', road: 'proxy' }))
  expect(await refusal(ask(port))).toBeDefined()
  const { connections } = await lab.attacker.evidence(play)
  expect(connections).toMatchObject([{ handshake: 'connect-only', failure: expect.stringMatching(/^HPE_/) }])
})
