import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import got from 'got'
import { pinOfPeer, TOKEN } from './naive.ts'
import { type Server, toLoopback } from './server.ts'
import { FOOLED, HOST, SAFE, setTrap, statusOf, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

describe('the name that pins are looked up by', () => {
  /** Pins kept in a map by host name, as the URL, the callback or the header spells it. */
  const byMap = (server: Server, url: string, headers: Record<string, string> = {}) => {
    const pins: Record<string, string> = { [HOST]: trap.genuine.leaf.pin }
    const check = (host: string, certificate: PeerCertificate) => {
      const wrong = checkServerIdentity(host, certificate)
      const pin = pins[host]
      return wrong ?? (pin === undefined || pin === pinOfPeer(certificate) ? undefined : new Error('pin'))
    }
    return statusOf(
      got(url.replace(':PORT', `:${server.port}`), {
        dnsLookup: toLoopback as never,
        https: { certificateAuthority: [...trap.device], checkServerIdentity: check as never },
        headers: { 'x-token': TOKEN, ...headers },
        retry: { limit: 0 },
      }),
    )
  }
  const oursAt = (server: Server, url: string, headers: Record<string, string> = {}) =>
    trap.ours(server, { url: url.replace(':PORT', `:${server.port}`), headers })

  test('has no trailing dot', async () => {
    const url = `https://${HOST}.:PORT/`
    expect(await trap.twoSided((server) => byMap(server, url))).toMatchObject(FOOLED)
    expect(await trap.twoSided((server) => oursAt(server, url))).toMatchObject(SAFE)
  })

  test('has no capital letters, though an option may spell it with some', async () => {
    const shouting = (server: Server) => trap.overAgent(server, { host: 'API.Test' })
    expect(await trap.twoSided(shouting)).toMatchObject(SAFE)
  })

  test('is not what a Host header says', async () => {
    const headers = { host: 'other.test' }
    const url = `https://${HOST}:PORT/`
    expect(await trap.twoSided((server) => byMap(server, url, headers))).toMatchObject(FOOLED)
    const refused = { said: 'HOST_REFUSED', bytes: 0, seen: { connections: 0 } }
    expect(await trap.twoSided((server) => oursAt(server, url, headers))).toMatchObject(refused)
    expect(await trap.twoSided((server) => trap.overAgent(server, {}, { headers }))).toMatchObject(refused)
    expect(await trap.twoSided((server) => trap.overAgent(server, {}, { servername: 'other.test' }))).toMatchObject(
      refused,
    )
  })

  test('may be said again by a Host header that says the same', async () => {
    const withPort = (server: Server) => trap.ours(server, { headers: { host: `${HOST}:${server.port}` } })
    expect(await trap.twoSided(withPort, trap.genuine.leaf)).toMatchObject(FOOLED)
  })

  test.each(['127.0.0.1', '127.1', '0x7f.0.0.1', '2130706433', '[::1]'])('is not the address %s', async (address) => {
    expect(await trap.twoSided((server) => oursAt(server, `https://${address}:PORT/`))).toMatchObject({
      said: 'HOST_REFUSED',
      bytes: 0,
      seen: { connections: 0 },
    })
  })

  test.each(['sub.api.test', 'api.test.evil.test', 'notapi.test'])('does not stretch to %s', async (host) => {
    expect(await trap.twoSided((server) => trap.ours(server, { host }))).toMatchObject({
      said: 'HOST_NOT_PINNED',
      bytes: 0,
    })
  })
})
