import { createHash } from 'node:crypto'
import { Agent } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { pinOf } from '#pin/index.ts'
import { mint, nameConstraints, newKeys, type Recipe } from './mint.ts'
import { ask, honestCheck, pinOfPeer, signatureCheck, walkingCheck } from './naive.ts'
import type { Server } from './server.ts'
import { FOOLED, HOST, SAFE, setTrap, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

describe('the chain that Node lists', () => {
  /** The attacker's authority, trusted by the device, bears the pinned intermediate's name. */
  async function collision() {
    const twin = await mint({ subject: trap.genuine.intermediate.subject, authority: true })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: twin })
    const shown = { key: leaf.key, chain: leaf.certificate + trap.genuine.intermediate.certificate }
    return {
      shown,
      leaf,
      ask: { pin: trap.genuine.intermediate.pin, ca: [twin.certificate, trap.genuine.root.certificate] },
    }
  }

  test('is found by name alone, so that a pinned authority can be put into it', async () => {
    const { shown, ask: more } = await collision()
    const naive = (server: Server) =>
      ask(trap.wanted(server), { ca: [...more.ca], checkServerIdentity: walkingCheck(trap.wanted(server, more)) })
    expect(await trap.twoSided(naive, shown)).toMatchObject(FOOLED)
    expect(await trap.twoSided((server) => trap.ours(server, more), shown)).toMatchObject(SAFE)
  })

  // The attacker's authority, trusted by the device, is also certified below the pinned root, in a way that does not let
  // it vouch for this host. OpenSSL builds the short chain; every signature of the long one holds.
  test.each<[string, 'root' | 'intermediate', Partial<Recipe>]>([
    ['as no authority', 'root', { authority: false }],
    ['as no authority, without saying so', 'root', {}],
    ['for other names only', 'root', { authority: true, extensions: [nameConstraints()] }],
    ['until an hour ago', 'root', { authority: true, until: new Date(Date.now() - 3_600_000) }],
    ['below an authority that allows none below it', 'intermediate', { authority: true }],
  ])("may lead by signatures to a pinned root that certified the attacker's key %s", async (_how, above, recipe) => {
    const { root, intermediate } = trap.genuine
    const evil = await mint({ subject: 'CN=Evil', authority: true })
    const certified = await mint({ subject: evil.subject, keys: evil.keys, signedBy: trap.genuine[above], ...recipe })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: evil })
    const shown = { key: leaf.key, chain: leaf.certificate + certified.certificate + intermediate.certificate }
    const more = { pin: root.pin, ca: [evil.certificate, root.certificate] }
    const naive = (server: Server) =>
      ask(trap.wanted(server, more), { checkServerIdentity: signatureCheck(trap.wanted(server, more)) })
    expect(await trap.twoSided(naive, shown)).toMatchObject(FOOLED)
    expect(await trap.twoSided((server) => trap.ours(server, more), shown)).toMatchObject(SAFE)
  })

  test('passes checkIssued, and not a check of the signature', async () => {
    const { leaf } = await collision()
    expect(leaf.x509.checkIssued(trap.genuine.intermediate.x509)).toBe(true)
    expect(leaf.x509.verify(trap.genuine.intermediate.x509.publicKey)).toBe(false)
  })

  test('reaches ours as a chain with a pinned authority when it is one', async () => {
    const more = { pin: trap.genuine.intermediate.pin }
    expect(await trap.twoSided((server) => trap.ours(server, more), trap.genuine.leaf)).toMatchObject(FOOLED)
  })

  test('with the genuine leaf appended to it does not satisfy a pin on that leaf', async () => {
    const shown = {
      ...trap.forged,
      chain: trap.forged.chain + trap.authority.certificate + trap.genuine.leaf.certificate,
    }
    expect(await trap.twoSided(trap.ours, shown)).toMatchObject(SAFE)
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
    await trap.twoSided(
      (one) => ask(trap.wanted(one, { ca: [server.certificate] }), { checkServerIdentity: look }),
      server,
    )
    expect(hashed(pubkey) === server.pin).toBe(same)
    expect(pinOf(server.x509)).toBe(server.pin)
  })
})

const MAJOR = Number(process.versions.node.split('.')[0])
const upToNode24 = MAJOR <= 24 ? test : test.skip

upToNode24('getPeerX509Certificate can be asked once: who asks early leaves nothing to check', async () => {
  const naive = (server: Server) =>
    ask(trap.wanted(server), {
      agent: new (class extends Agent {
        override createConnection(...given: Parameters<Agent['createConnection']>) {
          const socket = super.createConnection(...given)
          socket?.prependListener('secure', () => 'getPeerX509Certificate' in socket && callOf(socket))
          return socket
        }
      })(),
      checkServerIdentity: (host, certificate) =>
        certificate.raw ? honestCheck(trap.wanted(server))(host, certificate) : undefined,
    })
  expect(await trap.twoSided(naive)).toMatchObject(FOOLED)
  expect(await trap.twoSided(trap.ours)).toMatchObject(SAFE)
})

// As a logger would.
const callOf = (socket: object) => (socket as { getPeerX509Certificate(): unknown }).getPeerX509Certificate()

test('a pin on an authority is no host name check: its other customers pass (Spinner)', async () => {
  const other = await mint({ subject: 'CN=evil.test', names: ['evil.test'], signedBy: trap.genuine.intermediate })
  const more = { pin: trap.genuine.intermediate.pin }
  const naive = (server: Server) =>
    ask(trap.wanted(server), {
      checkServerIdentity: (_host, certificate) => {
        const by = 'issuerCertificate' in certificate ? (certificate.issuerCertificate as PeerCertificate) : certificate
        return pinOfPeer(by) === trap.genuine.intermediate.pin ? undefined : new Error('pin')
      },
    })
  expect(await trap.twoSided(naive, other)).toMatchObject(FOOLED)
  expect(await trap.twoSided((server) => trap.ours(server, more), other)).toMatchObject({
    said: 'ERR_TLS_CERT_ALTNAME_INVALID',
    bytes: 0,
  })
})
