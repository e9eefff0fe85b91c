import { request } from 'node:https'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type CertificatePinnedAgentOptions, certificatePinnedGot, createPinnedAgent, pinnedGot } from '#pin/index.ts'
import { type Server, silence, startPlainServer, startServer } from './server.ts'
import { HOST, setTrap, statusOf, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

/** Long enough that whatever ends a test in time was not this. */
const LONG = 60_000
const at = (server: Server) => `https://${HOST}:${server.port}/`

async function connected(server: Server): Promise<void> {
  while (server.seen.connections === 0) await new Promise(setImmediate)
}

describe('while a server has not finished the handshake', () => {
  test("a request's own timeout counts, and its socket is closed", async () => {
    await using silent = await startPlainServer(silence)
    const client = pinnedGot({ ...trap.agentOptions, timeout: LONG })
    expect(await statusOf(client.got(at(silent), { timeout: { request: 100 } }))).toBe('ETIMEDOUT')
    await connected(silent)
    await silent.idle()
  })

  test("a request's abort signal counts, and its socket is closed", async () => {
    await using silent = await startPlainServer(silence)
    const client = pinnedGot({ ...trap.agentOptions, timeout: LONG })
    const abort = new AbortController()
    const said = statusOf(client.got(at(silent), { signal: abort.signal }))
    await connected(silent)
    abort.abort()
    expect(await said).toBe('ERR_ABORTED')
    await silent.idle()
  })

  test('a plain request that is destroyed ends at once', async () => {
    await using silent = await startPlainServer(silence)
    const agent = createPinnedAgent({ ...trap.agentOptions, timeout: LONG })
    const outgoing = request({ host: HOST, port: silent.port, agent })
    const said = new Promise((resolve) => outgoing.on('error', resolve))
    await connected(silent)
    outgoing.destroy(new Error('enough'))
    expect(await said).toHaveProperty('message', 'enough')
    await silent.idle()
  })
})

describe('close', () => {
  test('ends connections that are idle and those that are still on their way', async () => {
    await using api = await startServer(trap.genuine.leaf)
    await using silent = await startPlainServer(silence)
    const client = pinnedGot({ ...trap.agentOptions, timeout: LONG })
    await client.got(at(api))
    const pending = statusOf(client.got(at(silent)))
    await connected(silent)
    await client.close()
    expect(await pending).toBe('CONNECTION_CLOSED')
    await Promise.all([api.idle(), silent.idle()])
  })

  test('ends a request that is waiting for a proxy', async () => {
    await using silent = await startPlainServer(silence)
    const client = pinnedGot({ ...trap.agentOptions, timeout: LONG, proxy: `http://127.0.0.1:${silent.port}` })
    const pending = statusOf(client.got(`https://${HOST}/`))
    await connected(silent)
    await client.close()
    expect(await pending).toBe('CONNECTION_CLOSED')
  })

  test('is for good: neither a request under way nor a later one connects', async () => {
    await using api = await startServer(trap.genuine.leaf)
    const client = pinnedGot(trap.agentOptions)
    const early = statusOf(client.got(at(api)))
    await client.close()
    expect(await early).toBe('CONNECTION_CLOSED')
    expect(await statusOf(client.got(at(api)))).toBe('CONNECTION_CLOSED')
    expect(api.seen.connections).toBe(0)
  })
})

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('a timeout of %p is refused', (timeout) => {
  const certificates: CertificatePinnedAgentOptions = {
    certificates: [trap.genuine.leaf.certificate],
    hostname: 'checked',
    timeout,
  }
  const refused = expect.objectContaining({ code: 'OPTION_REFUSED' })
  expect(() => pinnedGot({ ...trap.agentOptions, timeout })).toThrow(refused)
  expect(() => certificatePinnedGot(certificates)).toThrow(refused)
})
