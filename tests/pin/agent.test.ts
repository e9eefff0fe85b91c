import { request } from 'node:https'
import type { DetailedPeerCertificate } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createPinnedAgent } from '#pin/index.ts'
import { keyTrust } from '#pin/key-trust.ts'
import type { Minted } from './mint.ts'
import { ask } from './naive.ts'
import { type Server, silence, startServer } from './server.ts'
import { HOST, setTrap, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

test('a local socket is refused, for it has no host', async () => {
  const client = (server: Server) => trap.overAgent(server, {}, { socketPath: '/nowhere.sock' })
  expect(await trap.twoSided(client)).toMatchObject({ said: 'HOST_REFUSED', seen: { connections: 0 } })
})

test("a request's own timeout counts on a socket of ours", async () => {
  await using server = await startServer(trap.genuine.leaf, silence)
  const agent = createPinnedAgent(trap.agentOptions)
  const { port, host } = trap.wanted(server)
  await new Promise<void>((resolve) => {
    const outgoing = request({ port, host, agent, timeout: 50 })
    outgoing
      .on('timeout', resolve)
      .on('error', () => {})
      .end()
  })
  await agent.close()
})

test('several requests at once each get a connection that was checked', async () => {
  const client = async (server: Server) => {
    const agent = createPinnedAgent(trap.agentOptions)
    const said = await Promise.all(Array.from({ length: 5 }, () => ask(trap.wanted(server), { agent })))
    await agent.close()
    return said.join()
  }
  expect(await trap.twoSided(client, trap.genuine.leaf)).toMatchObject({ said: '200,200,200,200,200' })
  const all = Array.from({ length: 5 }, () => 'PIN_MISMATCH').join()
  expect(await trap.twoSided(client)).toMatchObject({ said: all, bytes: 0 })
})

describe('the check of a chain that was accepted before', () => {
  const target = { host: HOST, port: 443 }

  /** As Node gives it, and it counts how often its DER is read. */
  function peer(): { certificate: DetailedPeerCertificate; reads: () => number } {
    let reads = 0
    const one = ({ x509 }: Minted, issuer?: object) => ({
      subject: {},
      subjectaltname: x509.subjectAltName,
      fingerprint256: x509.fingerprint256,
      issuerCertificate: issuer,
      get raw() {
        reads += 1
        return x509.raw
      },
    })
    const certificate = one(trap.genuine.leaf, one(trap.genuine.intermediate))
    // The few fields that anything reads of the thirty that the type has.
    return { certificate: certificate as unknown as DetailedPeerCertificate, reads: () => reads }
  }

  test.each(['leaf', 'root'] as const)('with a pinned %s is a look-up', (which) => {
    const pins = [{ host: HOST, pins: [trap.genuine[which].pin] }]
    const trust = keyTrust({ ...trap.agentOptions, pins })
    const { certificate, reads } = peer()
    expect(trust.identify(target, certificate)).toBeUndefined()
    const before = reads()
    expect(before).toBeGreaterThan(0)
    expect(trust.identify(target, certificate)).toBeUndefined()
    expect(reads()).toBe(before)
  })

  test('is made again for another host, and once the chain has expired', () => {
    let now = new Date()
    const pins = [{ host: HOST, pins: [trap.genuine.root.pin] }]
    const trust = keyTrust({ ...trap.agentOptions, pins, now: () => now })
    const { certificate, reads } = peer()
    expect(trust.identify(target, certificate)).toBeUndefined()
    const before = reads()
    expect(trust.identify({ ...target, host: 'other.test' }, certificate)).toHaveProperty(
      'code',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    now = new Date(now.getTime() + 60 * 86_400_000)
    expect(trust.identify(target, certificate)).toHaveProperty('code', 'PIN_MISMATCH')
    expect(reads()).toBeGreaterThan(before)
  })
})
