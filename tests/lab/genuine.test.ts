import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { certificatesOf, pinOfCertificate } from '#certs/credentials.ts'
import { DEPLOYMENTS, type Deployment } from '#certs/rotation.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { ClientReport } from '#client/client.ts'
import { visit } from '#client/run.ts'
import { codeOf } from '#kit/error.ts'
import { silentLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { startFront } from '#lab/stages/front.ts'
import { frontFor, GENUINE_SETUPS, type GenuineSetup, ownerOf, suits } from '#lab/stages/genuine.ts'
import { NASA_LIMITS, startNasa } from '#nasa/nasa.ts'
import { pinnedGot } from '#pin/got.ts'
import { startProxy } from '#proxy/proxy.ts'
import { attest, toLoopback, type World, withMaterial } from '../client/world.ts'
import { readText, tableRows } from '../support/documents.ts'

const now = () => new Date()
// The keys of the record, which its type says are all of them.
const SETUPS = Object.keys(GENUINE_SETUPS) as GenuineSetup[]

let world: World
let proxy: Awaited<ReturnType<typeof startProxy>>
let nasa: Awaited<ReturnType<typeof startNasa>>

beforeAll(async () => {
  world = await withMaterial()
  const { material } = world
  const deps = { log: silentLog(), now }
  const loopback = { host: '127.0.0.1', port: 0 }
  nasa = await startNasa({ ...loopback, tls: material.nasa, apiKeys: ['a-key'], limits: NASA_LIMITS }, deps)
  proxy = await startProxy(
    {
      ...loopback,
      identities: {
        selfSigned: { kind: 'given', ...material.proxySelfSigned },
        caSigned: { kind: 'given', ...material.proxyCaSigned },
      },
      upstream: { kind: 'standin', address: nasa, authorities: material.root.chain },
      nasaKey: new Secret('a-key'),
      attestation: { secret: new Secret(material.attestationSecret), enforce: false },
    },
    deps,
  )
})
afterAll(async () => {
  await proxy?.close()
  await nasa?.close()
})

const ACCEPTED = 'accepted'
const MISMATCH = 'PIN_MISMATCH'
// Of these three only the one that pins the key follows redirects: those that stay with pinned hosts.
const LED = '307'
const LED_AWAY = 'REDIRECT_REFUSED'

const UNSUITED = 'GENUINE_UNSUITED'

/** What each sound client makes of each set-up. */
const OUTCOMES: Record<GenuineSetup, Record<string, string>> = {
  'rotated-same-key': outcomes(ACCEPTED, ACCEPTED, MISMATCH),
  'rotated-backup-key': outcomes(ACCEPTED, ACCEPTED, MISMATCH),
  'rotated-new-key': outcomes(MISMATCH, ACCEPTED, MISMATCH),
  'root-sent': outcomes(ACCEPTED, ACCEPTED, UNSUITED),
  'junk-sent': outcomes(ACCEPTED, ACCEPTED, ACCEPTED),
  tls12: outcomes(ACCEPTED, ACCEPTED, ACCEPTED),
  http2: outcomes(ACCEPTED, ACCEPTED, ACCEPTED),
  'redirects-same-host': outcomes(ACCEPTED, LED, LED),
  'redirects-clear': outcomes(LED_AWAY, LED, LED),
  'redirects-elsewhere': outcomes(LED_AWAY, LED, LED),
  'redirects-there-and-back': outcomes(LED_AWAY, LED, LED),
}

function outcomes(key: string, authority: string, certificate: string) {
  return { 'pinned-key': key, 'pinned-authority': authority, 'pinned-certificate': certificate }
}

describe.each(SETUPS)('a genuine host set up as %s', (setup) => {
  test.each(Object.entries(OUTCOMES[setup]))('is to %s: %s', async (id, outcome) => {
    const client = world.client(id)
    expect(suits(setup, client.deployment)).toBe(outcome !== UNSUITED)
    if (outcome === UNSUITED) {
      await expect(frontOf(setup, client.deployment)).rejects.toMatchObject({ code: UNSUITED })
      return
    }
    await using front = await frontOf(setup, client.deployment)
    const origin = `https://${HOST_OF[client.deployment]}:${front.port}`
    const report = await visit(client, world.situation(front.port, { origin }), { attest })
    if (outcome === MISMATCH) expect(report).toMatchObject({ outcome: 'refused', reason: 'pin', code: outcome })
    else if (outcome === LED_AWAY) expect(report).toMatchObject({ outcome: 'refused', code: outcome })
    else expect(report).toMatchObject({ outcome: 'accepted', status: outcome === LED ? 307 : 200 })
    if (outcome === ACCEPTED) expect(imageOf(report)).toBeGreaterThan(1000)
  })

  test('is the very host to whoever trusts its authority', async () => {
    for (const deployment of DEPLOYMENTS.filter((one) => suits(setup, one))) {
      const { credentials } = await frontFor(setup, ownerOf(world.material, deployment, now()))
      const [leaf = '', ...others] = certificatesOf(credentials.chain)
      const certificate = new X509Certificate(leaf)
      expect(certificate.checkHost(HOST_OF[deployment])).toBeDefined()
      if (deployment === 'ca-signed') {
        const signed = others.filter((pem) => certificate.verify(new X509Certificate(pem).publicKey))
        expect(signed).toEqual([world.material.intermediate.chain])
      } else {
        expect(certificate.verify(certificate.publicKey)).toBe(true)
      }
    }
  })
})

describe.each(DEPLOYMENTS)('of the %s host', (deployment) => {
  const current = () => (deployment === 'ca-signed' ? world.material.proxyCaSigned : world.material.proxySelfSigned)

  test('each rotation shows another certificate, and the key that its name says', async () => {
    const backup = world.material.backupKeys[deployment === 'ca-signed' ? 'caSigned' : 'selfSigned']
    const [same, next, fresh] = await Promise.all(
      (['rotated-same-key', 'rotated-backup-key', 'rotated-new-key'] as const).map(async (setup) => {
        const { credentials } = await frontFor(setup, ownerOf(world.material, deployment, now()))
        expect(certificatesOf(credentials.chain)[0]).not.toBe(certificatesOf(current().chain)[0])
        return credentials
      }),
    )
    expect(pinOfCertificate(same?.chain ?? '')).toBe(pinOfCertificate(current().chain))
    expect(next?.key).toBe(backup)
    expect([current().key, backup]).not.toContain(fresh?.key)
  })

  test('with TLS 1.2 alone nothing newer is agreed on', async () => {
    await using front = await frontOf('tls12', deployment)
    expect((await handshake(front.port, deployment)).version).toBe('TLSv1.2')
  })

  test('with HTTP/2 it is chosen by those who offer it', async () => {
    await using front = await frontOf('http2', deployment)
    expect((await handshake(front.port, deployment)).alpn).toBe('h2')
  })
})

test.each([
  ['redirects-same-host', 'the answer'],
  ['redirects-clear', 'REDIRECT_REFUSED'],
  ['redirects-elsewhere', 'REDIRECT_REFUSED'],
  ['redirects-there-and-back', 'REDIRECT_REFUSED'],
] as const)('a pinned got that follows redirects gets, from a host set up as %s, %s', async (setup, wanted) => {
  await using front = await frontOf(setup, 'ca-signed')
  const { shipped, root } = world.material
  const client = pinnedGot({ pins: shipped.pins, ca: [root.chain], lookup: toLoopback })
  const outcome = client.got(`https://api.lab.test:${front.port}/healthz`).then(
    ({ statusCode, redirectUrls }) => ({ statusCode, led: redirectUrls.map(String) }),
    (error: unknown) => ({ code: codeOf(error) }),
  )
  const followed = { statusCode: 200, led: [`https://api.lab.test:${front.port}/healthz?moved=1`] }
  expect(await outcome).toEqual(wanted === 'the answer' ? followed : { code: wanted })
  await client.close()
})

test('what is littered comes leaf first and in no order behind it', async () => {
  const { credentials } = await frontFor('junk-sent', ownerOf(world.material, 'ca-signed', now()))
  const chain = certificatesOf(credentials.chain)
  expect(chain).toHaveLength(4)
  expect([chain[0], chain[3]]).toEqual(certificatesOf(world.material.proxyCaSigned.chain))
})

test('docs/lab.md has a row for each set-up, with its sentence', () => {
  const rows = tableRows(readText('docs/lab.md'), 'set-up').map(([name = '', title]) => [
    name.replaceAll('`', ''),
    title,
  ])
  expect(rows).toEqual(SETUPS.map((setup) => [setup, GENUINE_SETUPS[setup].title]))
})

async function frontOf(setup: GenuineSetup, deployment: Deployment) {
  const options = await frontFor(setup, ownerOf(world.material, deployment, now()))
  return startFront({ ...options, upstream: proxy }, { log: silentLog() })
}

async function handshake(port: number, deployment: Deployment) {
  const { root, proxySelfSigned } = world.material
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: HOST_OF[deployment],
    ca: [root.chain, proxySelfSigned.chain],
    ALPNProtocols: ['h2', 'http/1.1'],
  })
  await once(socket, 'secureConnect')
  const agreed = { version: socket.getProtocol(), alpn: socket.alpnProtocol }
  socket.destroy()
  return agreed
}

function imageOf(report: ClientReport): number | undefined {
  return report.outcome === 'accepted' ? report.picture?.image?.bytes : undefined
}
