import { createHash } from 'node:crypto'
import { Agent, type RequestOptions, request } from 'node:https'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import got from 'got'
import { createPinnedAgent, PinMismatchError, pinnedGot, pinOf } from '#pin/index.ts'
import { connectTrusted, guardIdentity } from '#pin/tls.ts'
import { honest, type Minted, mint, newKeys } from './mint.ts'
import {
  type Ask,
  ask,
  askOverSharedAgent,
  askResumed,
  honestCheck,
  pinOfPeer,
  type Said,
  TOKEN,
  walkingCheck,
} from './naive.ts'
import { type Server, startServer, toLoopback } from './server.ts'

// Each test runs a client as it is written every day against an attacker whose authority the device trusts, and shows
// that the token is gone; then ours, in the same place, with not a byte.

const HOST = 'api.test'

let genuine: Awaited<ReturnType<typeof honest>>
let authority: Minted
let forged: Minted
beforeAll(async () => {
  genuine = await honest(HOST)
  authority = await mint({ subject: 'CN=Trusted by Accident', authority: true })
  forged = await mint({ subject: `CN=${HOST}`, names: [HOST, 'other.test'], signedBy: authority })
})

const device = () => [genuine.root.certificate, authority.certificate]
const wanted = (server: Server, more: Partial<Ask> = {}): Ask => {
  return { port: server.port, host: HOST, ca: device(), pin: genuine.leaf.pin, ...more }
}

interface Ours extends Partial<Ask> {
  readonly url?: string
  readonly headers?: Record<string, string>
}

/** The library's answer to the same question. */
async function ours(server: Server, more: Ours = {}): Promise<Said> {
  const { pin, ca, host } = wanted(server, more)
  const client = pinnedGot({
    pins: [{ host: HOST, pins: [pin] }],
    ca,
    allowSinglePin: true,
    lookup: toLoopback,
    timeout: 5_000,
  })
  try {
    const url = more.url ?? `https://${host}:${server.port}/`
    const answer = await client.got(url, { headers: { 'x-token': TOKEN, ...more.headers } })
    return answer.statusCode
  } catch (error) {
    return codeOf(error)
  } finally {
    await client.close()
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

/** Runs a client against a server of its own, waits until all is over, and asks both ends. */
async function twoSided(client: (server: Server) => Promise<Said>, credentials = forged) {
  await using server = await startServer(credentials)
  const said = await client(server)
  await server.idle()
  return { said, token: server.received().includes(TOKEN), bytes: server.received().length, seen: server.seen }
}

const FOOLED = { said: 200, token: true }
const SAFE = { said: 'PIN_MISMATCH', token: false, bytes: 0 }

test('the control: the genuine server gets the token from ours and from the naive client', async () => {
  for (const client of [ours, (server: Server) => ask(wanted(server))]) {
    expect(await twoSided(client, genuine.leaf)).toMatchObject(FOOLED)
  }
})

test('rejectUnauthorized: false turns a pin off without a word', async () => {
  const naive = (server: Server) => ask(wanted(server), { rejectUnauthorized: false })
  expect(await twoSided(naive)).toMatchObject(FOOLED)
  expect(await twoSided(ours)).toMatchObject(SAFE)
})

describe('a connection that was there before', () => {
  test('a resumed session skips the check; ours never resumes one', async () => {
    expect(await twoSided((server) => askResumed(wanted(server)))).toMatchObject({ ...FOOLED, seen: { resumed: 1 } })
    expect(await twoSided(ours)).toMatchObject(SAFE)
  })

  test('ours makes a whole handshake each time with a genuine server that offers sessions', async () => {
    const agent = createPinnedAgent(agentOptions())
    const twice = async (server: Server) => {
      await ask(wanted(server), { agent, headers: { connection: 'close' } })
      const said = await ask(wanted(server), { agent, headers: { connection: 'close' } })
      await agent.close()
      return said
    }
    const { seen } = await twoSided(twice, genuine.leaf)
    expect(seen).toMatchObject({ connections: 2, resumed: 0 })
  })

  test('a shared agent hands a checked client an unchecked socket; ours takes no agent', async () => {
    expect(await twoSided((server) => askOverSharedAgent(wanted(server)))).toMatchObject(FOOLED)
    const client = pinnedGot(agentOptions())
    const shared = new Agent({ keepAlive: true })
    const borrowed = async (server: Server) =>
      client
        .got(`https://${HOST}:${server.port}/`, { agent: { https: shared } })
        .then((answer) => answer.statusCode, codeOf)
    expect(await twoSided(borrowed)).toMatchObject({ said: 'OPTION_REFUSED', bytes: 0, seen: { connections: 0 } })
  })

  test('a socket of a pool that was checked once serves the next request', async () => {
    const client = pinnedGot(agentOptions())
    const twice = async (server: Server) => {
      await client.got(`https://${HOST}:${server.port}/`)
      const { statusCode } = await client.got(`https://${HOST}:${server.port}/`)
      await client.close()
      return statusCode
    }
    expect(await twoSided(twice, genuine.leaf)).toMatchObject({ said: 200, seen: { connections: 1 } })
  })
})

/** A plain https.request over our agent. */
async function overAgent(server: Server, more: Partial<Ask> = {}, options: RequestOptions = {}): Promise<Said> {
  const agent = createPinnedAgent(agentOptions())
  try {
    return await ask(wanted(server, more), { agent, ...options })
  } finally {
    await agent.close()
  }
}

const agentOptions = (pin = genuine.leaf.pin) => {
  return { pins: [{ host: HOST, pins: [pin] }], ca: device(), allowSinglePin: true, lookup: toLoopback }
}

test("an agent's options outrank a request's pin; ours are the agent's", async () => {
  const naive = (server: Server) => ask(wanted(server), { agent: new Agent({ rejectUnauthorized: false }) })
  expect(await twoSided(naive)).toMatchObject(FOOLED)
  const careless = (server: Server) =>
    overAgent(server, {}, { rejectUnauthorized: false, checkServerIdentity: () => undefined })
  expect(await twoSided(careless)).toMatchObject(SAFE)
})

describe('the chain that Node lists', () => {
  /** The attacker's authority, trusted by the device, bears the pinned intermediate's name. */
  async function collision() {
    const twin = await mint({ subject: genuine.intermediate.subject, authority: true })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: twin })
    const shown = { key: leaf.key, chain: leaf.certificate + genuine.intermediate.certificate }
    return { shown, leaf, ask: { pin: genuine.intermediate.pin, ca: [twin.certificate, genuine.root.certificate] } }
  }

  test('is found by name alone, so that a pinned authority can be put into it', async () => {
    const { shown, ask: more } = await collision()
    const naive = (server: Server) =>
      ask(wanted(server), { ca: [...more.ca], checkServerIdentity: walkingCheck(wanted(server, more)) })
    expect(await twoSided(naive, shown as Minted)).toMatchObject(FOOLED)
    expect(await twoSided((server) => ours(server, more), shown as Minted)).toMatchObject(SAFE)
  })

  test('passes checkIssued, and not a check of the signature', async () => {
    const { leaf } = await collision()
    expect(leaf.x509.checkIssued(genuine.intermediate.x509)).toBe(true)
    expect(leaf.x509.verify(genuine.intermediate.x509.publicKey)).toBe(false)
  })

  test('reaches ours as a chain with a pinned authority when it is one', async () => {
    const more = { pin: genuine.intermediate.pin }
    expect(await twoSided((server) => ours(server, more), genuine.leaf)).toMatchObject(FOOLED)
  })

  test('with the genuine leaf appended to it does not satisfy a pin on that leaf', async () => {
    const shown = { ...forged, chain: forged.chain + authority.certificate + genuine.leaf.certificate }
    expect(await twoSided(ours, shown)).toMatchObject(SAFE)
  })
})

describe('cert.pubkey', () => {
  const hashed = (bytes: Buffer | undefined) =>
    `sha256/${createHash('sha256')
      .update(bytes ?? '')
      .digest('base64')}`

  test.each([
    ['rsa', true],
    ['ec', false],
  ] as const)('of an %s certificate hashes to its pin: %p', async (type, same) => {
    const server = await mint({ subject: `CN=${HOST}`, names: [HOST], keys: newKeys(type) })
    let pubkey: Buffer | undefined
    const look = (_host: string, certificate: PeerCertificate) => {
      pubkey = certificate.pubkey
      return undefined
    }
    await twoSided((one) => ask(wanted(one, { ca: [server.certificate] }), { checkServerIdentity: look }), server)
    expect(hashed(pubkey) === server.pin).toBe(same)
    expect(pinOf(server.x509)).toBe(server.pin)
  })
})

const MAJOR = Number(process.versions.node.split('.')[0])
const upToNode24 = MAJOR <= 24 ? test : test.skip

upToNode24('getPeerX509Certificate can be asked once: who asks early leaves nothing to check', async () => {
  const naive = (server: Server) =>
    ask(wanted(server), {
      agent: new (class extends Agent {
        override createConnection(...given: Parameters<Agent['createConnection']>) {
          const socket = super.createConnection(...given)
          socket?.prependListener('secure', () => 'getPeerX509Certificate' in socket && callOf(socket))
          return socket
        }
      })(),
      checkServerIdentity: (host, certificate) =>
        certificate.raw ? honestCheck(wanted(server))(host, certificate) : undefined,
    })
  expect(await twoSided(naive)).toMatchObject(FOOLED)
  expect(await twoSided(ours)).toMatchObject(SAFE)
})

// As a logger would.
const callOf = (socket: object) => (socket as { getPeerX509Certificate(): unknown }).getPeerX509Certificate()

test('a pin on an authority is no host name check: its other customers pass (Spinner)', async () => {
  const other = await mint({ subject: 'CN=evil.test', names: ['evil.test'], signedBy: genuine.intermediate })
  const more = { pin: genuine.intermediate.pin }
  const naive = (server: Server) =>
    ask(wanted(server), {
      checkServerIdentity: (_host, certificate) => {
        const by = 'issuerCertificate' in certificate ? (certificate.issuerCertificate as PeerCertificate) : certificate
        return pinOfPeer(by) === genuine.intermediate.pin ? undefined : new Error('pin')
      },
    })
  expect(await twoSided(naive, other)).toMatchObject(FOOLED)
  expect(await twoSided((server) => ours(server, more), other)).toMatchObject({
    said: 'ERR_TLS_CERT_ALTNAME_INVALID',
    bytes: 0,
  })
})

describe('a check that does not return an Error', () => {
  const matches = (certificate: PeerCertificate) => pinOfPeer(certificate) === genuine.leaf.pin

  test('returns false, which Node takes for consent', async () => {
    const naive = (server: Server) =>
      ask(wanted(server), { checkServerIdentity: (_host, one) => matches(one) as unknown as undefined })
    expect(await twoSided(naive)).toMatchObject(FOOLED)
  })

  test('throws, and ours makes a refusal of it', async () => {
    const boom = new Error('boom')
    const throwing = () => {
      throw boom
    }
    expect(guardIdentity(throwing)).toBe(boom)
    const agent = createPinnedAgent(agentOptions())
    const trust = { ...agent.trust, identify: throwing }
    const open = (server: Server) =>
      connectTrusted({ host: HOST, port: server.port }, { trust, lookup: toLoopback, timeout: 5_000, track() {} }).then(
        () => 200,
        (error: Error) => error.message,
      )
    expect(await twoSided(open)).toMatchObject({ said: 'boom', bytes: 0 })
  })
})

describe('a check that comes too late', () => {
  test('after the answer, the token is gone', async () => {
    const late = (server: Server) =>
      new Promise<Said>((resolve) => {
        const { host, port, ca } = wanted(server)
        const options = { host, port, ca: [...ca], lookup: toLoopback, headers: { 'x-token': TOKEN }, agent: false }
        const outgoing = request(options, (response) => {
          const socket = response.socket as unknown as { getPeerCertificate(): PeerCertificate }
          resolve(pinOfPeer(socket.getPeerCertificate()) === genuine.leaf.pin ? 200 : 'NAIVE_PIN')
          response.destroy()
        })
        outgoing.on('error', () => {}).end()
      })
    expect(await twoSided(late)).toMatchObject({ said: 'NAIVE_PIN', token: true })
    expect(await twoSided(ours)).toMatchObject(SAFE)
  })

  test('after an await, the token is gone', async () => {
    const late = (server: Server) =>
      new Promise<Said>((resolve) => {
        const { host, port, ca } = wanted(server)
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
    expect(await twoSided(late)).toMatchObject({ said: 'NAIVE_PIN', token: true })
  })
})

describe('the name that pins are looked up by', () => {
  /** Pins kept in a map by host name, as the URL, the callback or the header spells it. */
  const byMap = (server: Server, url: string, headers: Record<string, string> = {}) => {
    const pins: Record<string, string> = { [HOST]: genuine.leaf.pin }
    const check = (host: string, certificate: PeerCertificate) => {
      const wrong = checkServerIdentity(host, certificate)
      const pin = pins[host]
      return wrong ?? (pin === undefined || pin === pinOfPeer(certificate) ? undefined : new Error('pin'))
    }
    return got(url.replace(':PORT', `:${server.port}`), {
      dnsLookup: toLoopback as never,
      https: { certificateAuthority: device(), checkServerIdentity: check as never },
      headers: { 'x-token': TOKEN, ...headers },
      retry: { limit: 0 },
    }).then((answer) => answer.statusCode, codeOf)
  }
  const oursAt = (server: Server, url: string, headers: Record<string, string> = {}) =>
    ours(server, { url: url.replace(':PORT', `:${server.port}`), headers })

  test('has no trailing dot', async () => {
    const url = `https://${HOST}.:PORT/`
    expect(await twoSided((server) => byMap(server, url))).toMatchObject(FOOLED)
    expect(await twoSided((server) => oursAt(server, url))).toMatchObject(SAFE)
  })

  test('has no capital letters, though an option may spell it with some', async () => {
    const shouting = (server: Server) => overAgent(server, { host: 'API.Test' })
    expect(await twoSided(shouting)).toMatchObject(SAFE)
  })

  test('is not what a Host header says', async () => {
    const headers = { host: 'other.test' }
    const url = `https://${HOST}:PORT/`
    expect(await twoSided((server) => byMap(server, url, headers))).toMatchObject(FOOLED)
    const refused = { said: 'HOST_REFUSED', bytes: 0, seen: { connections: 0 } }
    expect(await twoSided((server) => oursAt(server, url, headers))).toMatchObject(refused)
    expect(await twoSided((server) => overAgent(server, {}, { headers }))).toMatchObject(refused)
    expect(await twoSided((server) => overAgent(server, {}, { servername: 'other.test' }))).toMatchObject(refused)
  })

  test('may be said again by a Host header that says the same', async () => {
    const withPort = (server: Server) => ours(server, { headers: { host: `${HOST}:${server.port}` } })
    expect(await twoSided(withPort, genuine.leaf)).toMatchObject(FOOLED)
  })

  test.each(['127.0.0.1', '127.1', '0x7f.0.0.1', '2130706433', '[::1]'])('is not the address %s', async (address) => {
    expect(await twoSided((server) => oursAt(server, `https://${address}:PORT/`))).toMatchObject({
      said: 'HOST_REFUSED',
      bytes: 0,
      seen: { connections: 0 },
    })
  })

  test.each(['sub.api.test', 'api.test.evil.test', 'notapi.test'])('does not stretch to %s', async (host) => {
    expect(await twoSided((server) => ours(server, { host }))).toMatchObject({ said: 'HOST_NOT_PINNED', bytes: 0 })
  })
})

test('HTTP/2, whose pooled sessions went unchecked up to got 15, is refused and never offered', async () => {
  const client = pinnedGot(agentOptions())
  const h2 = async (server: Server) =>
    client.got(`https://${HOST}:${server.port}/`, { http2: true }).then((answer) => answer.statusCode, codeOf)
  expect(await twoSided(h2)).toMatchObject({ said: 'OPTION_REFUSED', seen: { connections: 0 } })
  await using server = await startServer(genuine.leaf, undefined, { ALPNProtocols: ['h2', 'http/1.1'] })
  expect(await ours(server)).toBe(200)
  expect(server.seen.alpn).toEqual(['http/1.1'])
})

test('a mismatch is not tried again, whatever retry says', async () => {
  const client = pinnedGot(agentOptions())
  const stubborn = (server: Server) =>
    client
      .got(`https://${HOST}:${server.port}/`, {
        retry: { limit: 5, errorCodes: ['PIN_MISMATCH'], calculateDelay: () => 1, enforceRetryRules: false },
      })
      .then(
        () => 200,
        (error: Error) => {
          expect(error.cause).toBeInstanceOf(PinMismatchError)
          return codeOf(error)
        },
      )
  expect(await twoSided(stubborn)).toMatchObject({ ...SAFE, seen: { connections: 1 } })
})
