import { Agent } from 'node:https'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createPinnedAgent, PinMismatchError, pinnedGot } from '#pin/index.ts'
import { ask, askOverSharedAgent, askResumed } from './naive.ts'
import { type Server, startServer } from './server.ts'
import { FOOLED, HOST, SAFE, setTrap, statusOf, type Trap } from './trap.ts'

// Each test runs a client as it is written every day against an attacker whose authority the device trusts, and shows
// that the token is gone; then ours, in the same place, with not a byte.

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

test('the control: the genuine server gets the token from ours and from the naive client', async () => {
  for (const client of [trap.ours, (server: Server) => ask(trap.wanted(server))]) {
    expect(await trap.twoSided(client, trap.genuine.leaf)).toMatchObject(FOOLED)
  }
})

test('rejectUnauthorized: false turns a pin off without a word', async () => {
  const naive = (server: Server) => ask(trap.wanted(server), { rejectUnauthorized: false })
  expect(await trap.twoSided(naive)).toMatchObject(FOOLED)
  expect(await trap.twoSided(trap.ours)).toMatchObject(SAFE)
})

describe('a connection that was there before', () => {
  test('a resumed session skips the check; ours never resumes one', async () => {
    expect(await trap.twoSided((server) => askResumed(trap.wanted(server)))).toMatchObject({
      ...FOOLED,
      seen: { resumed: 1 },
    })
    expect(await trap.twoSided(trap.ours)).toMatchObject(SAFE)
  })

  test('ours makes a whole handshake each time with a genuine server that offers sessions', async () => {
    const agent = createPinnedAgent(trap.agentOptions)
    const twice = async (server: Server) => {
      await ask(trap.wanted(server), { agent, headers: { connection: 'close' } })
      const said = await ask(trap.wanted(server), { agent, headers: { connection: 'close' } })
      await agent.close()
      return said
    }
    const { seen } = await trap.twoSided(twice, trap.genuine.leaf)
    expect(seen).toMatchObject({ connections: 2, resumed: 0 })
  })

  test('a shared agent hands a checked client an unchecked socket; ours takes no agent', async () => {
    expect(await trap.twoSided((server) => askOverSharedAgent(trap.wanted(server)))).toMatchObject(FOOLED)
    const client = pinnedGot(trap.agentOptions)
    const shared = new Agent({ keepAlive: true })
    const borrowed = async (server: Server) =>
      statusOf(client.got(`https://${HOST}:${server.port}/`, { agent: { https: shared } }))
    expect(await trap.twoSided(borrowed)).toMatchObject({ said: 'OPTION_REFUSED', bytes: 0, seen: { connections: 0 } })
  })

  test('a socket of a pool that was checked once serves the next request', async () => {
    const client = pinnedGot(trap.agentOptions)
    const twice = async (server: Server) => {
      await client.got(`https://${HOST}:${server.port}/`)
      const { statusCode } = await client.got(`https://${HOST}:${server.port}/`)
      await client.close()
      return statusCode
    }
    expect(await trap.twoSided(twice, trap.genuine.leaf)).toMatchObject({ said: 200, seen: { connections: 1 } })
  })
})

test("an agent's options outrank a request's pin; ours are the agent's", async () => {
  const naive = (server: Server) => ask(trap.wanted(server), { agent: new Agent({ rejectUnauthorized: false }) })
  expect(await trap.twoSided(naive)).toMatchObject(FOOLED)
  const careless = (server: Server) =>
    trap.overAgent(server, {}, { rejectUnauthorized: false, checkServerIdentity: () => undefined })
  expect(await trap.twoSided(careless)).toMatchObject(SAFE)
})

test('HTTP/2, whose pooled sessions went unchecked up to got 15, is refused and never offered', async () => {
  const client = pinnedGot(trap.agentOptions)
  const h2 = async (server: Server) => statusOf(client.got(`https://${HOST}:${server.port}/`, { http2: true }))
  expect(await trap.twoSided(h2)).toMatchObject({ said: 'OPTION_REFUSED', seen: { connections: 0 } })
  await using server = await startServer(trap.genuine.leaf, undefined, { ALPNProtocols: ['h2', 'http/1.1'] })
  expect(await trap.ours(server)).toBe(200)
  expect(server.seen.alpn).toEqual(['http/1.1'])
})

test('a mismatch is not tried again, whatever retry says', async () => {
  const client = pinnedGot(trap.agentOptions)
  const stubborn = (server: Server) =>
    client
      .got(`https://${HOST}:${server.port}/`, {
        retry: { limit: 5, errorCodes: ['PIN_MISMATCH'], calculateDelay: () => 1, enforceRetryRules: false },
      })
      .then(
        () => 200,
        (error: Error) => {
          expect(error.cause).toBeInstanceOf(PinMismatchError)
          return 'code' in error ? String(error.code) : error.message
        },
      )
  expect(await trap.twoSided(stubborn)).toMatchObject({ ...SAFE, seen: { connections: 1 } })
})
