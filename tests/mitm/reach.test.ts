import { once } from 'node:events'
import { createServer, connect as plainly } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { silentLog } from '#kit/log.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { createReach } from '#mitm/reach.ts'
import { ask, HOST, refusal, type World, world } from './world.ts'

// RFC 5737: nobody's, so that a test which fails disturbs nobody.
const STRANGER = { host: '203.0.113.7', port: 443 }

let lab: World
beforeAll(async () => {
  lab = await world()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

test('an order that leads to somebody else is refused, and what it read is not sent there either', async () => {
  const order = lab.order({ attack: 'trusted-authority', watched: true })
  await expect(lab.attacker.arm({ ...order, upstream: STRANGER })).rejects.toMatchObject({
    code: 'UPSTREAM_FORBIDDEN',
    message: 'the attacker may not go to 203.0.113.7:443, only to this machine',
    hint: 'if that host is yours: ATTACKER_REACHES=203.0.113.7',
  })
  const { play, port } = await lab.attacker.arm(order)
  await ask(port, { rejectUnauthorized: false })
  await lab.attacker.evidence(play)
  expect(await refusal(lab.attacker.replay(play, { upstream: STRANGER, how: 'as-read' }))).toBe('UPSTREAM_FORBIDDEN')
  // The control: the same request, to the lab's own host.
  const again = await lab.attacker.replay(play, { upstream: lab.genuine, how: 'as-read' })
  expect(again).toMatchObject({ status: 200 })
})

test('the one host that is named is let through, however it is spelled, and no other', async () => {
  await using attacker = await createAttacker({ log: silentLog(), now: () => new Date(), reaches: ['203.0.113.7'] })
  await expect(attacker.arm(lab.order({ attack: 'none', upstream: STRANGER }))).resolves.toHaveProperty('port')
  const beside = { host: '203.0.113.8', port: 443 }
  expect(await refusal(attacker.arm(lab.order({ attack: 'none', upstream: beside })))).toBe('UPSTREAM_FORBIDDEN')
  await expect(createReach(['API.example.test']).assert({ host: 'api.EXAMPLE.test', port: 1 })).resolves.toBeUndefined()
})

test.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost', '::ffff:127.0.0.1'])('%s is this machine', async (host) => {
  await expect(createReach([]).assert({ host, port: 1 })).resolves.toBeUndefined()
})

test.each(['10.0.0.1', '::ffff:203.0.113.7', '2001:db8::1', 'nowhere.invalid', '128.0.0.1'])(
  '%s is not this machine',
  async (host) => {
    expect(await refusal(createReach([]).assert({ host, port: 1 }))).toBe('UPSTREAM_FORBIDDEN')
  },
)

test('neighbours are those on a network of this machine’s, and only when they are asked for', async () => {
  const own = Object.values(networkInterfaces()).flatMap((found = []) => found)
  for (const { address } of own.filter(({ internal }) => !internal)) {
    await expect(createReach(['neighbours']).assert({ host: address, port: 1 })).resolves.toBeUndefined()
    expect(await refusal(createReach([]).assert({ host: address, port: 1 }))).toBe('UPSTREAM_FORBIDDEN')
  }
  expect(await refusal(createReach(['neighbours']).assert(STRANGER))).toBe('UPSTREAM_FORBIDDEN')
})

test('whatever host a victim names in its request, it is asked of the play’s alone', async () => {
  const visitors: string[] = []
  const bystander = createServer((socket) => void visitors.push(socket.destroy().remoteAddress ?? ''))
  await using elsewhere = await listen(bystander, { what: 'a bystander' })
  const there = `127.0.0.1:${elsewhere.port}`
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  const requests = [
    `GET https://${there}/secret HTTP/1.1\r\nHost: ${there}`,
    `GET http://${there}/ HTTP/1.1\r\nHost: ${HOST}`,
    `GET //${there}/ HTTP/1.1\r\nHost: ${HOST}`,
    `GET /@${there}/ HTTP/1.1\r\nHost: ${there}\r\nX-Forwarded-Host: ${there}\r\nForwarded: host=${there}`,
    // A tunnel within TLS, and what is asked in it.
    `CONNECT ${there} HTTP/1.1\r\nHost: ${there}\r\n\r\nGET / HTTP/1.1\r\nHost: ${there}`,
  ]
  for (const request of requests) {
    const socket = connect({ host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false })
    socket.on('error', () => {})
    socket.write(`${request}\r\nConnection: close\r\n\r\n`)
    socket.once('data', () => socket.end())
    await once(socket, 'close')
  }
  const { requests: read } = await lab.attacker.evidence(play)
  expect({ visitors, read: read.length > 0 }).toEqual({ visitors: [], read: true })
  // The control: it can be reached.
  await once(plainly(elsewhere.port, '127.0.0.1').resume(), 'close')
  expect(visitors).toHaveLength(1)
})
