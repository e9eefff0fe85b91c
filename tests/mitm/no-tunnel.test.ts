import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { attackComplaints } from '#mitm/attack.ts'
import attack from '#mitm/attacks/connect-non200-plaintext.ts'
import { HOST, PICTURE, TOKEN, tunnel, type World, world } from './world.ts'

let lab: World
beforeAll(async () => {
  lab = await world()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

const arm = () => lab.attacker.arm(lab.order({ attack: 'connect-non200-plaintext', road: 'proxy' }))

test('whoever leaves when the tunnel is refused was refused TLS, and has said nothing', async () => {
  const { play, port } = await arm()
  const { socket, answer } = await tunnel(port, `${HOST}:443`)
  expect(answer).toMatch(/^HTTP\/1\.1 502 /)
  socket.end()
  await once(socket.resume(), 'close')
  expect(await lab.attacker.evidence(play)).toMatchObject({
    applicationBytes: 0,
    requests: [],
    connections: [{ handshake: 'refused', failure: 'CONNECT was answered with 502' }],
  })
})

test('whoever then speaks in clear is read, and answered', async () => {
  const { play, port } = await arm()
  const { socket } = await tunnel(port, `${HOST}:443`)
  socket.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\napproov-token: ${TOKEN}\r\nconnection: close\r\n\r\n`)
  expect(await text(socket)).toContain(`INTERCEPTED: ${PICTURE.title}`)
  const evidence = await lab.attacker.evidence(play)
  expect(evidence).toMatchObject({ token: TOKEN, requests: [{ method: 'GET', path: '/' }] })
  expect(evidence.applicationBytes).toBeGreaterThan(TOKEN.length)
})

test('whoever then begins TLS all the same gets none', async () => {
  const { play, port } = await arm()
  const { socket } = await tunnel(port, `${HOST}:443`)
  socket.write(Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 0))
  await once(socket.resume(), 'end')
  socket.destroy()
  expect(await lab.attacker.evidence(play)).toMatchObject({
    applicationBytes: 0,
    connections: [{ handshake: 'refused' }],
  })
})

test.each([
  [{ road: undefined }, "present is 'no-tunnel', but road is not 'proxy'"],
  [{ present: 'tunnel' }, 'present is neither a function nor one of relay, flipped-key-exchange, no-tunnel'],
  [{ refusedAs: 'pins' }, 'refusedAs is not one of pin, chain'],
  [{ hostHeader: 'api' }, 'hostHeader is not one of elsewhere, its-own'],
])('an attack with %j is told apart from one that can be staged', (wrong, complaint) => {
  expect(attackComplaints(attack)).toEqual([])
  expect(attackComplaints({ ...attack, ...wrong })).toEqual([expect.stringContaining(complaint)])
})
