import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { flipKeyExchange } from '#mitm/flip-key-exchange.ts'
import type { SeenConnection } from '#mitm/witness.ts'
import { ask, HOST, refusal, type World, world } from './world.ts'

let lab: World
beforeAll(async () => {
  lab = await world()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

const arm = async () => {
  const armed = await lab.attacker.arm(lab.order({ attack: 'ske-tamper' }))
  await lab.attacker.turn(armed.play, 'attacks')
  return armed
}

test('a client of TLS 1.2 refuses the altered signature, although the certificate is the genuine one', async () => {
  const { play, port } = await arm()
  const code = await refusal(ask(port, { ca: lab.material.root.chain, maxVersion: 'TLSv1.2' }))
  // Which of OpenSSL's errors comes first in its queue depends on what else has failed in the process.
  expect(code).toMatch(/^EPROTO$|^ERR_SSL_/)
  const evidence = await lab.attacker.evidence(play)
  expect(evidence).toMatchObject({
    applicationBytes: 0,
    requests: [],
    connections: [{ handshake: 'relayed', sni: HOST }],
  })
  expect(evidence.connections[0]?.failure).toMatch(/^one bit of the signature/)
})

test('a handshake of TLS 1.3 has nothing in clear to alter, and passes', async () => {
  const { play, port } = await arm()
  expect(await ask(port, { ca: lab.material.root.chain, minVersion: 'TLSv1.3' })).toMatchObject({ status: 200 })
  const evidence = await lab.attacker.evidence(play)
  expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'relayed' }] })
  expect(evidence.connections[0]).not.toHaveProperty('failure')
})

const message = (type: number, ...body: number[]) => [type, 0, 0, body.length, ...body]
const record = (type: number, body: readonly number[]) => [type, 3, 3, 0, body.length, ...body]
const KEY_EXCHANGE = message(12, 1, 2, 12, 4)
const FLIPPED = message(12, 1, 2, 12, 5)
const BEFORE = [...message(2, 12, 0, 0, 1), ...message(11, 12)]
const AFTER = message(14)
const SECRET = [20, 3, 3, 0, 1, 1, ...record(22, KEY_EXCHANGE)]

test.each([
  ['messages in one record', (exchange: number[]) => record(22, [...BEFORE, ...exchange, ...AFTER])],
  ['a record for each message', (exchange: number[]) => [BEFORE, exchange, AFTER].flatMap((one) => record(22, one))],
  [
    'a message in several records, borders anywhere',
    (exchange: number[]) =>
      [...BEFORE, ...exchange, ...AFTER].flatMap((_byte, at, all) =>
        at % 3 === 0 ? record(22, all.slice(at, at + 3)) : [],
      ),
  ],
])('%s: one bit of the key exchange is flipped, and nothing of what is encrypted', async (_how, flight) => {
  const given = Buffer.from([...flight(KEY_EXCHANGE), ...SECRET, 1, 2])
  const wanted = Buffer.from([...flight(FLIPPED), ...SECRET, 1, 2])
  for (const size of [given.length, 1]) {
    const flip = flipKeyExchange({ at: 0, handshake: 'relayed', applicationBytes: 0 } satisfies SeenConnection)
    for (let at = 0; at < given.length; at += size) flip.write(given.subarray(at, at + size))
    flip.end()
    expect(await buffer(flip)).toEqual(wanted)
  }
})

test('what ends in the middle of a record is passed on as far as it came', async () => {
  const flip = flipKeyExchange({ at: 0, handshake: 'relayed', applicationBytes: 0 })
  flip.end(Buffer.from([22, 3, 3, 0, 9, 12]))
  expect(await buffer(flip)).toEqual(Buffer.from([22, 3, 3, 0, 9, 12]))
})
