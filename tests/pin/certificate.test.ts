import { beforeAll, describe, expect, test } from '@jest/globals'
import { certificatePinnedGot } from '#pin/index.ts'
import { honest, type Minted, mint, newKeys } from './mint.ts'
import { startServer, toLoopback } from './server.ts'

const HOST = 'proxy.test'
const DAY = 86_400_000

let shipped: Minted
beforeAll(async () => {
  shipped = await mint({ subject: `CN=${HOST}`, names: [HOST], authority: true })
})

interface Visit {
  readonly server: Minted
  readonly pinned?: readonly Minted[]
  readonly hostname?: 'checked' | 'ignored-by-choice'
  readonly host?: string
}

/** One request with the given certificates pinned: what the client says, and what the server has seen of it. */
async function visit({ server, pinned = [shipped], hostname = 'checked', host = HOST }: Visit) {
  await using api = await startServer(server)
  const client = certificatePinnedGot({
    certificates: pinned.map((one) => one.certificate),
    hostname,
    lookup: toLoopback,
    timeout: 3_000,
  })
  const said: unknown = await client
    .got(`https://${host}:${api.port}/`, { headers: { 'x-token': 'secret' } })
    .text()
    .catch((error: unknown) => error)
  await client.close()
  await api.idle()
  return { said, bytes: api.received().length }
}

describe('the pinned certificate is accepted', () => {
  test.each(['ec', 'rsa', 'ed25519'] as const)('with an %s key that signed itself', async (type) => {
    const server = await mint({ subject: `CN=${HOST}`, names: [HOST], keys: newKeys(type) })
    expect(await visit({ server, pinned: [server] })).toMatchObject({ said: 'hi' })
  })

  test('whether or not it calls itself an authority', async () => {
    const server = await mint({ subject: `CN=${HOST}`, names: [HOST] })
    expect(await visit({ server, pinned: [server] })).toMatchObject({ said: 'hi' })
    expect(await visit({ server: shipped })).toMatchObject({ said: 'hi' })
  })

  test('though an authority has signed it, which need not be known', async () => {
    const { leaf } = await honest(HOST)
    expect(await visit({ server: leaf, pinned: [leaf] })).toMatchObject({ said: 'hi' })
  })

  test('beside the one that will replace it', async () => {
    const next = await mint({ subject: `CN=${HOST}`, names: [HOST] })
    expect(await visit({ server: next, pinned: [shipped, next] })).toMatchObject({ said: 'hi' })
  })

  test('under another name only when names are ignored by choice', async () => {
    const elsewhere = { server: shipped, host: 'other.test' }
    expect(await visit(elsewhere)).toMatchObject({ said: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, bytes: 0 })
    expect(await visit({ ...elsewhere, hostname: 'ignored-by-choice' })).toMatchObject({ said: 'hi' })
    expect(await visit({ server: shipped, host: '127.0.0.1', hostname: 'ignored-by-choice' })).toMatchObject({
      said: 'hi',
    })
  })

  test('of an authority vouches for its customers by name', async () => {
    const { leaf, intermediate } = await honest(HOST)
    expect(await visit({ server: leaf, pinned: [intermediate] })).toMatchObject({ said: 'hi' })
  })
})

describe('any other certificate is a PIN_MISMATCH and gets no byte', () => {
  const refused = { said: { code: 'PIN_MISMATCH' }, bytes: 0 }

  test.each<[string, () => Promise<Minted>]>([
    ['with the same names and its own key', () => mint({ subject: `CN=${HOST}`, names: [HOST], authority: true })],
    ['of an authority', async () => (await honest(HOST)).leaf],
    ['that is renewed over the same key', () => mint({ subject: `CN=${HOST}`, names: [HOST], keys: shipped.keys })],
    ['that has expired', () => mint({ subject: `CN=${HOST}`, names: [HOST], until: new Date(Date.now() - DAY / 2) })],
    ['that is not valid yet', () => mint({ subject: `CN=${HOST}`, names: [HOST], from: new Date(Date.now() + DAY) })],
  ])('%s', async (_which, make) => {
    const server = await make()
    for (const hostname of ['checked', 'ignored-by-choice'] as const) {
      expect(await visit({ server, hostname })).toMatchObject(refused)
    }
  })

  test('that the pinned authority gave to somebody else, when names are ignored', async () => {
    const { intermediate, leaf } = await honest('evil.test')
    const found = await visit({ server: leaf, pinned: [intermediate], hostname: 'ignored-by-choice' })
    expect(found).toMatchObject(refused)
  })

  test('with the pinned name under a leaf that is no authority', async () => {
    const own = await mint({ subject: `CN=${HOST}`, names: [HOST], authority: false })
    const below = await mint({ subject: 'CN=x', names: [HOST], signedBy: own })
    expect(await visit({ server: below, pinned: [own] })).toMatchObject(refused)
  })

  test('and the error shows fingerprints, as openssl prints them', async () => {
    const server = await mint({ subject: `CN=${HOST}`, names: [HOST] })
    const { said } = await visit({ server })
    expect(said).toHaveProperty('message', expect.stringContaining(server.x509.fingerprint256))
    expect(said).toHaveProperty('message', expect.stringContaining(`pinned  ${shipped.x509.fingerprint256}  (current)`))
    expect(said).toHaveProperty('cause.seen.0.pin', server.pin)
  })
})

test.each([
  ['CERT_HAS_EXPIRED', { from: new Date(Date.now() - 3 * DAY), until: new Date(Date.now() - DAY) }],
  ['CERT_NOT_YET_VALID', { from: new Date(Date.now() + DAY) }],
])('the pinned certificate out of its time is %s, no mismatch', async (code, dates) => {
  const server = await mint({ subject: `CN=${HOST}`, names: [HOST], ...dates })
  expect(await visit({ server, pinned: [server] })).toMatchObject({ said: { code }, bytes: 0 })
})

test.each([
  ['nothing', []],
  ['a path', ['cert.pem']],
  ['half a certificate', ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----']],
])('%s cannot be pinned', (_what, certificates) => {
  expect(() => certificatePinnedGot({ certificates, hostname: 'checked' })).toThrow(
    expect.objectContaining({ code: 'CERTIFICATE_INVALID' }),
  )
})
