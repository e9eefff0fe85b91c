import { beforeAll, describe, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { pinOfCertificate } from '#certs/credentials.ts'
import { HOST_OF } from '#client/catalogue.ts'
import { visit } from '#client/run.ts'
import { HOSTS } from '#kit/names.ts'
import { startConnectProxy } from './connect-proxy.ts'
import { PINNED_KEY, UNPINNED } from './stacks.ts'
import { APOD, answerApod, attest, PICTURE, PICTURE_SHA256, startApi, type World, withMaterial } from './world.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

const CLIENTS = [...UNPINNED, 'pinned-certificate', ...PINNED_KEY] as const

const genuine = (id: string) =>
  world.client(id).deployment === 'ca-signed' ? world.material.proxyCaSigned : world.material.proxySelfSigned

const BACKUP = `sha256/${Buffer.alloc(32, 7).toString('base64')}`
const DAY = lasting(new Date(), 1)

describe.each(CLIENTS)('%s', (id) => {
  test('gets the picture of the day and its image from the genuine API', async () => {
    await using api = await startApi(genuine(id))
    const report = await visit(world.client(id), world.situation(api.port, world.originFor(id, api.port)), { attest })
    expect(report).toMatchObject({
      outcome: 'accepted',
      status: 200,
      picture: {
        date: APOD.date,
        title: APOD.title,
        explanation: APOD.explanation,
        image: { contentType: 'image/jpeg', bytes: PICTURE.length, sha256: PICTURE_SHA256 },
      },
    })
  })

  test('sends its token with both requests, over one and the same connection', async () => {
    await using api = await startApi(genuine(id))
    await visit(world.client(id), world.situation(api.port, world.originFor(id, api.port)), { attest })
    expect(api.requests.map(({ path, headers }) => [path, headers['approov-token']])).toEqual([
      ['/api.nasa.gov/planetary/apod?thumbs=true', 'token-of-the-test'],
      [APOD.url, 'token-of-the-test'],
    ])
    expect(new Set(api.requests.map(({ clientPort }) => clientPort)).size).toBe(1)
    expect(api.seen.connections).toBe(1)
  })

  test('goes through an explicit proxy to the genuine API', async () => {
    await using api = await startApi(genuine(id))
    await using proxy = await startConnectProxy(api.port)
    const report = await visit(
      world.client(id),
      world.situation(api.port, { ...world.originFor(id, api.port), proxy: `http://127.0.0.1:${proxy.port}` }),
      { attest },
    )
    expect(report).toMatchObject({ outcome: 'accepted', picture: { image: { sha256: PICTURE_SHA256 } } })
    expect(proxy.asked).toEqual([`${HOST_OF[world.client(id).deployment]}:${api.port}`])
    expect(api.seen.connections).toBe(1)
  })

  test('does not follow a redirect to another origin, nor take its token there', async () => {
    await using elsewhere = await startApi(genuine(id))
    await using api = await startApi(genuine(id), (_request, response) =>
      response.writeHead(307, { location: `https://${HOST_OF['ca-signed']}:${elsewhere.port}/` }).end(),
    )
    const report = await visit(world.client(id), world.situation(api.port, world.originFor(id, api.port)), { attest })
    // Who follows redirects at all says why not this one; the others have an answer.
    const follows = world.client(id).can?.includes('redirects')
    const refused = { outcome: 'refused', reason: 'policy' }
    expect(report).toMatchObject(follows ? refused : { outcome: 'accepted', status: 307 })
    expect(elsewhere.seen.connections).toBe(0)
  })

  test('follows a redirect within its origin, if it follows any', async () => {
    await using api = await startApi(genuine(id), (request, response) => {
      if (request.url === '/api.nasa.gov/a') response.writeHead(307, { location: '/api.nasa.gov/b' }).end()
      else response.end()
    })
    const opened = await world.client(id).open(world.situation(api.port, world.originFor(id, api.port)))
    const { status } = await opened.get('/api.nasa.gov/a', { 'approov-token': 'x' })
    await opened.close()
    const tokens = api.requests.map(({ headers }) => headers['approov-token'])
    const follows = world.client(id).can?.includes('redirects')
    expect([status, tokens]).toEqual(follows ? [200, ['x', 'x']] : [307, ['x']])
  })

  test('asks again neither after a failure nor after a refusal', async () => {
    await using api = await startApi(genuine(id), (_request, response) => response.writeHead(503).end())
    const report = await visit(world.client(id), world.situation(api.port, world.originFor(id, api.port)), { attest })
    expect(report).toMatchObject({ outcome: 'accepted', status: 503 })
    expect(api.requests).toHaveLength(1)
    await using stranger = await startApi(await issue({ names: ['x.test'], validity: lasting(new Date(), 1) }))
    await visit(world.client(id), world.situation(stranger.port, world.originFor(id, stranger.port)), { attest })
    expect(stranger.seen).toEqual({ connections: 1, bytes: 0 })
  })

  test('resumes no TLS session, for a resumed one would show no certificate to check', async () => {
    await using api = await startApi(genuine(id), (_request, response) =>
      response.setHeader('connection', 'close').end(),
    )
    const opened = await world.client(id).open(world.situation(api.port, world.originFor(id, api.port)))
    await opened.get('/api.nasa.gov/a', {})
    await opened.get('/api.nasa.gov/b', {})
    await opened.close()
    expect(api.resumed).toEqual([false, false])
  })

  test('closes its connections', async () => {
    await using api = await startApi(genuine(id))
    const opened = await world.client(id).open(world.situation(api.port, world.originFor(id, api.port)))
    await opened.get('/api.nasa.gov/a', {})
    const before = api.open()
    await opened.close()
    await api.idle()
    expect([before, api.open()]).toEqual([1, 0])
  })

  test('asks nothing in the clear', async () => {
    const report = await visit(world.client(id), world.situation(1, { origin: `http://${HOSTS.api}:1` }), { attest })
    expect(report).toMatchObject({ outcome: 'refused', reason: 'policy', code: 'CLIENT_HTTPS_ONLY' })
  })
})

test('the certificate that was shipped is accepted under a name that it does not hold, by choice', async () => {
  const named = await issue({ names: ['only.this.test'], validity: DAY })
  await using api = await startApi(named)
  const report = await visit(
    world.client('pinned-certificate'),
    world.situation(api.port, {
      origin: `https://127.0.0.1:${api.port}`,
      shipped: { ...world.material.shipped, certificate: named.chain },
    }),
    { attest },
  )
  expect(report).toMatchObject({ outcome: 'accepted', status: 200 })
})

test('the certificate that was shipped is refused once it has expired', async () => {
  const now = Date.now()
  const expired = await issue({
    names: [HOSTS.proxy],
    validity: { from: new Date(now - 2e9), until: new Date(now - 1e9) },
  })
  await using api = await startApi(expired)
  const report = await visit(
    world.client('pinned-certificate'),
    world.situation(api.port, {
      ...world.originFor('pinned-certificate', api.port),
      shipped: { ...world.material.shipped, certificate: expired.chain },
    }),
    { attest },
  )
  expect(report).toMatchObject({ outcome: 'refused', reason: 'validity', code: 'CERT_HAS_EXPIRED' })
  expect(api.seen.bytes).toBe(0)
})

test.each(PINNED_KEY)('%s holds each of several tuples of host and pins to its own host', async (id) => {
  const names = [HOSTS.api, 'second.lab.test']
  const both = await issue({ names, validity: DAY, signedBy: world.material.intermediate })
  const second = { host: 'second.lab.test', pins: [pinOfCertificate(both.chain), BACKUP] }
  const shipped = { ...world.material.shipped, pins: [...world.material.shipped.pins, second] }
  await using api = await startApi(both)
  const to = (host: string) => world.situation(api.port, { origin: `https://${host}:${api.port}`, shipped })
  expect(await visit(world.client(id), to('second.lab.test'), { attest })).toMatchObject({ status: 200 })
  expect(await visit(world.client(id), to(HOSTS.api), { attest })).toMatchObject({ reason: 'pin' })
})

test.each(PINNED_KEY)('%s shows what was seen beside what is pinned when it refuses by pin', async (id) => {
  await using api = await startApi(
    await issue({ names: [HOSTS.api], validity: DAY, signedBy: world.material.attacker.trustedAuthority }),
  )
  const report = await visit(
    world.client(id),
    world.situation(api.port, {
      deviceAuthorities: [world.material.root.chain, world.material.attacker.trustedAuthority.chain],
    }),
    { attest },
  )
  expect(report).toMatchObject({ outcome: 'refused', code: 'PIN_MISMATCH' })
  const { message } = report as { message: string }
  expect(message).toMatch(/seen +sha256\//)
  for (const pin of world.material.shipped.pins[0]?.pins ?? []) expect(message).toContain(pin)
})

test.each(PINNED_KEY)('%s refuses a host without pins by policy, before a connection', async (id) => {
  await using api = await startApi(world.material.proxyCaSigned)
  const report = await visit(
    world.client(id),
    world.situation(api.port, { origin: `https://no-pins.test:${api.port}` }),
    {
      attest,
    },
  )
  expect(report).toMatchObject({ outcome: 'refused', reason: 'policy', code: 'HOST_NOT_PINNED' })
  expect(api.seen.connections).toBe(0)
})

test.each(CLIENTS.filter((id) => id !== 'pinned-certificate'))(
  '%s refuses an image address that leads elsewhere by policy, and asks nobody there',
  async (id) => {
    await using elsewhere = await startApi(world.material.proxyCaSigned)
    const url = `https://${HOSTS.api}:${elsewhere.port}/apod.nasa.gov/x.jpg`
    await using api = await startApi(world.material.proxyCaSigned, answerApod({ ...APOD, url }))
    const report = await visit(world.client(id), world.situation(api.port), { attest })
    expect(report).toMatchObject({ outcome: 'refused', reason: 'policy', code: 'CLIENT_OFF_ORIGIN' })
    expect(elsewhere.seen.connections).toBe(0)
  },
)
