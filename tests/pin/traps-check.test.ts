import { request } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createPinnedAgent } from '#pin/index.ts'
import { connectTrusted, guardIdentity } from '#pin/tls.ts'
import { ask, pinOfPeer, type Said, TOKEN } from './naive.ts'
import { type Server, toLoopback } from './server.ts'
import { FOOLED, HOST, SAFE, setTrap, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

describe('a check that does not return an Error', () => {
  const matches = (certificate: PeerCertificate) => pinOfPeer(certificate) === trap.genuine.leaf.pin

  test('returns false, which Node takes for consent', async () => {
    const naive = (server: Server) =>
      ask(trap.wanted(server), { checkServerIdentity: (_host, one) => matches(one) as unknown as undefined })
    expect(await trap.twoSided(naive)).toMatchObject(FOOLED)
  })

  test('throws, and ours makes a refusal of it', async () => {
    const boom = new Error('boom')
    const throwing = () => {
      throw boom
    }
    expect(guardIdentity(throwing)).toBe(boom)
    const agent = createPinnedAgent(trap.agentOptions)
    const trust = { ...agent.trust, identify: throwing }
    const open = (server: Server) =>
      connectTrusted({ host: HOST, port: server.port }, { trust, lookup: toLoopback, timeout: 5_000, track() {} }).then(
        () => 200,
        (error: Error) => error.message,
      )
    expect(await trap.twoSided(open)).toMatchObject({ said: 'boom', bytes: 0 })
  })
})

describe('a check that comes too late', () => {
  test('after the answer, the token is gone', async () => {
    const late = (server: Server) =>
      new Promise<Said>((resolve) => {
        const { host, port, ca } = trap.wanted(server)
        const options = { host, port, ca: [...ca], lookup: toLoopback, headers: { 'x-token': TOKEN }, agent: false }
        const outgoing = request(options, (response) => {
          const socket = response.socket as unknown as { getPeerCertificate(): PeerCertificate }
          resolve(pinOfPeer(socket.getPeerCertificate()) === trap.genuine.leaf.pin ? 200 : 'NAIVE_PIN')
          response.destroy()
        })
        outgoing.on('error', () => {}).end()
      })
    expect(await trap.twoSided(late)).toMatchObject({ said: 'NAIVE_PIN', token: true })
    expect(await trap.twoSided(trap.ours)).toMatchObject(SAFE)
  })

  test('after an await, the token is gone', async () => {
    const late = (server: Server) =>
      new Promise<Said>((resolve) => {
        const { host, port, ca } = trap.wanted(server)
        const options = { host, port, ca: [...ca], lookup: toLoopback, headers: { 'x-token': TOKEN }, agent: false }
        const outgoing = request(options, (response) => response.resume())
        outgoing.on('socket', (socket) =>
          socket.on('secureConnect', async () => {
            await new Promise(setImmediate)
            resolve('NAIVE_PIN')
            outgoing.destroy()
          }),
        )
        outgoing.on('error', () => {}).end()
      })
    expect(await trap.twoSided(late)).toMatchObject({ said: 'NAIVE_PIN', token: true })
  })
})
