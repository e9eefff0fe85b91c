import 'reflect-metadata'
import { type ClientRequestArgs, get } from 'node:http'
import { Agent } from 'node:https'
import { beforeAll, describe, expect, test } from '@jest/globals'
import * as x509 from '@peculiar/x509'
import got, { type ExtendOptions } from 'got'
import { type PinnedGot, pinnedGot } from '#pin/index.ts'
import { honest, type Minted, mint } from './mint.ts'
import { redirectTo, type Server, silence, startPlainServer, startServer, toLoopback } from './server.ts'

const HOST = 'api.test'

let genuine: Awaited<ReturnType<typeof honest>>
let other: Minted
beforeAll(async () => {
  genuine = await honest(HOST)
  other = await mint({ subject: 'CN=other.test', names: ['other.test'], signedBy: genuine.intermediate })
})

function open(more: Partial<Parameters<typeof pinnedGot>[0]> = {}): PinnedGot & AsyncDisposable {
  const client = pinnedGot({
    pins: [
      { host: HOST, pins: [genuine.leaf.pin, other.pin] },
      { host: '*.api.test', pins: [genuine.leaf.pin, other.pin] },
    ],
    ca: [genuine.root.certificate],
    lookup: toLoopback,
    timeout: 3_000,
    ...more,
  })
  return { ...client, [Symbol.asyncDispose]: () => client.close() }
}

const at = (server: Server, host = HOST, path = '/') => `https://${host}:${server.port}${path}`
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  )

const ipName = (value: string) => new x509.SubjectAlternativeNameExtension([{ type: 'ip', value }])

describe('a redirect', () => {
  test('to plain http is refused, where got takes a body and headers along', async () => {
    await using clear = await startPlainServer()
    await using api = await startServer(genuine.leaf, redirectTo(`http://${HOST}:${clear.port}/`, 307))
    const send = { method: 'POST', body: 'secret-body', headers: { 'x-token': 'secret-token' } } as const
    await got(at(api), {
      ...send,
      dnsLookup: toLoopback as never,
      https: { certificateAuthority: genuine.root.certificate },
    })
    expect(clear.received()).toMatch(/secret-token[\s\S]*secret-body/)
    const before = clear.received()
    await using client = open()
    expect(await failure(client.got(at(api), send))).toMatchObject({ code: 'REDIRECT_REFUSED' })
    expect(clear.received()).toBe(before)
  })

  test.each([
    ['an unpinned host', 'https://other.test'],
    ['an address', 'https://127.0.0.1'],
    ['a name that only looks pinned', 'https://api.test.evil.test'],
  ])('to %s is refused before a connection', async (_what, origin) => {
    await using elsewhere = await startServer(other)
    await using api = await startServer(genuine.leaf, redirectTo(`${origin}:${elsewhere.port}/`))
    await using client = open({ unpinnedHosts: 'allow' })
    expect(await failure(client.got(at(api)))).toMatchObject({ code: 'REDIRECT_REFUSED' })
    expect(elsewhere.seen.connections).toBe(0)
  })

  test('to a pinned host is followed, and its pins are checked', async () => {
    const stranger = await mint({ subject: 'CN=w.api.test', names: ['w.api.test'], signedBy: genuine.intermediate })
    const keys = genuine.leaf.keys
    const known = await mint({ subject: 'CN=w.api.test', names: ['w.api.test'], signedBy: genuine.intermediate, keys })
    for (const [credentials, outcome] of [
      [stranger, { code: 'PIN_MISMATCH' }],
      [known, 'no error'],
    ] as const) {
      await using second = await startServer(credentials)
      await using api = await startServer(genuine.leaf, redirectTo(at(second, 'w.api.test')))
      await using client = open()
      const said = await failure(client.got(at(api)))
      if (typeof outcome === 'string') expect(said).toBe(outcome)
      else expect(said).toMatchObject(outcome)
      await client.close()
      await second.idle()
      expect(second.received() === '').toBe(typeof outcome !== 'string')
    }
  })
})

describe('a request', () => {
  test.each(['http://api.test/', 'http://api.test:443/'])('to %s is refused', async (url) => {
    await using client = open()
    expect(await failure(client.got(url))).toMatchObject({ code: 'NOT_HTTPS' })
  })

  test.each<[string, ExtendOptions]>([
    ['agent', { agent: { https: new Agent() } }],
    ['http2', { http2: true }],
    ['request', { request: (url: URL, options: ClientRequestArgs) => get(url, options) } as ExtendOptions],
    ['createConnection', { createConnection: (() => undefined) as never }],
    ['dnsLookup', { dnsLookup: toLoopback as never }],
    ['localAddress', { localAddress: '127.0.0.1' }],
    ['cache', { cache: new Map() }],
    ['https.rejectUnauthorized', { https: { rejectUnauthorized: false } }],
    ['https.checkServerIdentity', { https: { checkServerIdentity: () => undefined } }],
    ['https.certificateAuthority', { https: { certificateAuthority: 'x' } }],
    ['https.serverName', { https: { serverName: 'other.test' } }],
  ])('with the option %s is refused, not sent without it', async (name, options) => {
    await using api = await startServer(genuine.leaf)
    await using client = open()
    for (const instance of [client.got, client.got.extend(options)]) {
      const error = await failure(instance(at(api), instance === client.got ? (options as object) : {}))
      expect(error).toMatchObject({ code: 'OPTION_REFUSED', message: expect.stringContaining(name) })
    }
    expect(api.seen.connections).toBe(0)
  })

  test('is never answered from a cache, which somebody else may have filled', async () => {
    const answer = () => 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nevil'
    const forged = await mint({ subject: `CN=${HOST}`, names: [HOST] })
    await using attacker = await startServer(forged, answer)
    const cache = new Map()
    const naive = { cache, dnsLookup: toLoopback as never, https: { certificateAuthority: forged.certificate } }
    await got(at(attacker), naive)
    // The control: from here on the plain client takes the attacker's word without a connection.
    expect(await got(at(attacker), naive)).toMatchObject({ isFromCache: true, body: 'evil' })
    await using client = open()
    expect(await failure(client.got(at(attacker), { cache }))).toMatchObject({ code: 'OPTION_REFUSED' })
  })

  test('whose hook turns it elsewhere is refused at the last gate', async () => {
    await using api = await startServer(genuine.leaf)
    await using client = open()
    const turned = client.got(at(api), {
      hooks: {
        beforeRequest: [
          (options) => {
            options.url = new URL(`http://${HOST}:${api.port}/`)
          },
        ],
      },
    })
    expect(await failure(turned)).toMatchObject({ code: 'NOT_HTTPS' })
    expect(api.seen.connections).toBe(0)
  })

  test('to a host without pins goes out only when that was chosen, with chain and name checked', async () => {
    await using api = await startServer(other)
    await using strict = open()
    expect(await failure(strict.got(at(api, 'other.test')))).toMatchObject({ code: 'HOST_NOT_PINNED' })
    expect(api.seen.connections).toBe(0)
    await using lax = open({ unpinnedHosts: 'allow' })
    expect(await failure(lax.got(at(api, 'other.test')))).toBe('no error')
    expect(await failure(lax.got(at(api, 'third.test')))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('to an address goes out when that very address is pinned', async () => {
    const named = await mint({ subject: 'CN=x', signedBy: genuine.root, extensions: [ipName('127.0.0.1')] })
    await using api = await startServer(named)
    await using client = open({ pins: [{ host: '127.0.0.1', pins: [named.pin, other.pin] }] })
    expect(await failure(client.got(at(api, '127.0.0.1')))).toBe('no error')
    expect(await failure(client.got(at(api, '0x7f.1')))).toBe('no error')
  })

  test('carries the token of a genuine answer, as a stream too', async () => {
    await using api = await startServer(genuine.leaf)
    await using client = open()
    const chunks: Buffer[] = []
    for await (const chunk of client.got.stream(at(api))) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('hi')
  })
})

describe('a server that', () => {
  test('accepts and says nothing is given up after the timeout', async () => {
    await using silent = await startPlainServer(silence)
    await using client = open({ timeout: 150 })
    expect(await failure(client.got(at(silent)))).toMatchObject({
      code: expect.stringMatching(/^(CONNECT_TIMEOUT|ETIMEDOUT)$/),
    })
    await silent.idle()
  })

  test('speaks plain text is no TLS server', async () => {
    await using plain = await startPlainServer()
    await using client = open()
    expect(await failure(client.got(at(plain)))).toMatchObject({ code: expect.stringMatching(/^(EPROTO|ERR_SSL)/) })
    await plain.idle()
    expect(plain.received()).not.toContain('GET')
  })

  test('is not there gives its own error', async () => {
    const gone = await startPlainServer()
    await gone.close()
    await using client = open()
    expect(await failure(client.got(at(gone)))).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('knows nothing newer than TLS 1.1 is refused', async () => {
    await using old = await startServer(genuine.leaf, undefined, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await using client = open()
    expect(await failure(client.got(at(old)))).toMatchObject({ code: expect.stringMatching(/^(EPROTO|ERR_SSL)/) })
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s and holds another key gets no byte', async (version) => {
    const foreign = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: genuine.intermediate })
    await using api = await startServer(foreign, undefined, { minVersion: version, maxVersion: version })
    await using client = open()
    expect(await failure(client.got(at(api)))).toMatchObject({ code: 'PIN_MISMATCH' })
    await api.idle()
    expect(api.received()).toBe('')
  })
})
