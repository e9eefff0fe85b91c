import { beforeAll, describe, expect, test } from '@jest/globals'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { visit } from '#client/run.ts'
import { HOSTS } from '#kit/names.ts'
import { startConnectProxy } from './connect-proxy.ts'
import { type Http2Api, startHttp2Api } from './http2-api.ts'
import { APOD, attest, PICTURE_SHA256, startApi, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

const DAY = lasting(new Date(), 1)
const CLIENTS = ['http2-unpinned', 'http2-pinned-key'] as const
const trusted = () => ({
  deviceAuthorities: [world.material.root.chain, world.material.attacker.trustedAuthority.chain],
})
const versions = (api: Http2Api) => api.requests.map(({ version }) => version)

describe.each(CLIENTS)('%s', (id) => {
  test('gets picture and image from an HTTP/2 server, as two streams of one session', async () => {
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    const report = await visit(world.client(id), world.situation(api.port), { attest })
    expect(report).toMatchObject({ outcome: 'accepted', picture: { image: { sha256: PICTURE_SHA256 } } })
    const common = { version: '2.0', authority: `${HOSTS.api}:${api.port}`, token: 'token-of-the-test' }
    expect(api.requests).toEqual([
      { ...common, path: '/api.nasa.gov/planetary/apod?thumbs=true' },
      { ...common, path: APOD.url },
    ])
    await api.idle()
    expect(api.seen).toEqual({ connections: 1, streams: 2, resumed: 0 })
    expect(api.bytes()).toBeGreaterThan(0)
  })

  test('goes through an explicit proxy to an HTTP/2 server', async () => {
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    await using proxy = await startConnectProxy(api.port)
    const situation = world.situation(api.port, { proxy: `http://127.0.0.1:${proxy.port}` })
    expect(await visit(world.client(id), situation, { attest })).toMatchObject({ outcome: 'accepted', status: 200 })
    expect(proxy.asked).toEqual([`${HOSTS.api}:${api.port}`])
    expect(versions(api)).toEqual(['2.0', '2.0'])
  })

  test('opens one session for requests that are made at once', async () => {
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    const opened = await world.client(id).open(world.situation(api.port))
    const answers = await Promise.all(['/a', '/b', '/c'].map((path) => opened.get(path, {})))
    await opened.close()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(api.seen).toMatchObject({ connections: 1, streams: 3 })
  })

  test('opens a new session, and resumes none, after the server has ended one', async () => {
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    const opened = await world.client(id).open(world.situation(api.port))
    await opened.get('/a', {})
    await api.endSessions()
    expect(await opened.get('/b', {})).toMatchObject({ status: 200 })
    await opened.close()
    expect(api.seen).toEqual({ connections: 2, streams: 2, resumed: 0 })
  })

  test('asks no other host over its session, whatever an ORIGIN frame claims', async () => {
    await using elsewhere = await startHttp2Api(world.material.proxyCaSigned)
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    const opened = await world.client(id).open(world.situation(api.port))
    await opened.get('/a', {})
    api.claim(`https://${HOSTS.api}:${elsewhere.port}`)
    const said = opened.get(`https://${HOSTS.api}:${elsewhere.port}/b`, { 'approov-token': 'x' })
    await expect(said).rejects.toMatchObject({ code: 'CLIENT_OFF_ORIGIN' })
    await opened.close()
    expect([api.seen.streams, elsewhere.seen.connections]).toEqual([1, 0])
  })

  test('shares no session with another client of the same server', async () => {
    await using api = await startHttp2Api(world.material.proxyCaSigned)
    const opened = await Promise.all(CLIENTS.map((one) => world.client(one).open(world.situation(api.port))))
    for (const one of opened) await one.get('/a', {})
    for (const one of opened) await one.close()
    expect(api.seen).toEqual({ connections: 2, streams: 2, resumed: 0 })
  })

  test('speaks HTTP/1.1 over the very connection on which the server offered nothing newer', async () => {
    await using api = await startApi(world.material.proxyCaSigned)
    const report = await visit(world.client(id), world.situation(api.port), { attest })
    expect(report).toMatchObject({ outcome: 'accepted', picture: { image: { sha256: PICTURE_SHA256 } } })
    expect(api.seen.connections).toBe(1)
  })

  test.each([
    [
      'an authority that nobody trusts',
      'chain',
      async () =>
        issue({
          names: [HOSTS.api],
          validity: DAY,
          signedBy: await createAuthority({ name: 'Stranger', validity: DAY }),
        }),
    ],
    ['a good certificate for another name', 'hostname', async () => world.material.attacker.otherHost],
  ] as const)('shown %s, refuses by its %s before a byte of HTTP/2', async (_shown, reason, credentials) => {
    await using api = await startHttp2Api(await credentials())
    const report = await visit(world.client(id), world.situation(api.port, trusted()), { attest })
    expect(report).toMatchObject({ outcome: 'refused', reason })
    await api.idle()
    expect([api.seen, api.bytes()]).toEqual([{ connections: 1, streams: 0, resumed: 0 }, 0])
  })
})

const forged = () => issue({ names: [HOSTS.api], validity: DAY, signedBy: world.material.attacker.trustedAuthority })

test.each(['takeover', 'proxy'] as const)(
  'a certificate of a trusted authority fools the unpinned client over HTTP/2 and gets no byte of the pinned one, on the %s road',
  async (road) => {
    await using api = await startHttp2Api(await forged())
    await using proxy = await startConnectProxy(api.port)
    const way = road === 'proxy' ? { proxy: `http://127.0.0.1:${proxy.port}` } : {}
    const situation = world.situation(api.port, { ...trusted(), ...way })
    const pinned = await visit(world.client('http2-pinned-key'), situation, { attest })
    expect(pinned).toMatchObject({ outcome: 'refused', reason: 'pin', code: 'PIN_MISMATCH' })
    await api.idle()
    expect([api.seen, api.bytes()]).toEqual([{ connections: 1, streams: 0, resumed: 0 }, 0])
    const unpinned = await visit(world.client('http2-unpinned'), situation, { attest })
    expect(unpinned).toMatchObject({ outcome: 'accepted', status: 200 })
    expect(api.requests[0]).toMatchObject({ version: '2.0', token: 'token-of-the-test' })
  },
)

test('a session that was trusted vouches for no later one: whoever takes the address over is looked at anew', async () => {
  const genuine = await startHttp2Api(world.material.proxyCaSigned)
  await using proxy = await startConnectProxy(genuine.port)
  const way = { ...trusted(), proxy: `http://127.0.0.1:${proxy.port}` }
  const opened = await world.client('http2-pinned-key').open(world.situation(genuine.port, way))
  await opened.get('/a', {})
  await genuine.endSessions()
  await using attacker = await startHttp2Api(await forged())
  proxy.leadTo(attacker.port)
  await expect(opened.get('/b', { 'approov-token': 'x' })).rejects.toMatchObject({ code: 'PIN_MISMATCH' })
  await opened.close()
  await genuine.close()
  await attacker.idle()
  expect([attacker.seen, attacker.bytes()]).toEqual([{ connections: 1, streams: 0, resumed: 0 }, 0])
})

test('a Host header from outside makes the pinned client refuse, and leaves the unpinned one at the name of the URL', async () => {
  await using api = await startHttp2Api(world.material.attacker.otherHost)
  const ask = async (id: (typeof CLIENTS)[number]) => {
    const opened = await world.client(id).open(world.situation(api.port, trusted()))
    const said = await opened.get('/a', { host: 'other.lab.test' }).catch((error: unknown) => error)
    await opened.close()
    return said
  }
  expect(await ask('http2-pinned-key')).toMatchObject({ code: 'HOST_REFUSED' })
  expect(api.seen.connections).toBe(0)
  expect(await ask('http2-unpinned')).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  await api.idle()
  expect([api.seen.streams, api.bytes()]).toEqual([0, 0])
})
