import { once } from 'node:events'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from '@jest/globals'
import { pinOfCertificate } from '#certs/credentials.ts'
import { pinOfKey } from '#certs/key.ts'
import { type Deployment, type KeyChoice, renew } from '#certs/rotation.ts'
import { HOSTS } from '#kit/names.ts'
import { proxyFolder } from './files.ts'
import { look, withFiles } from './look.ts'
import { freshMaterial, whole, withProxy } from './world.ts'

test('a name of the CA-signed certificate gets that one, every other name and none gets the self-signed one', async () => {
  await using world = await withProxy()
  const { material, proxy } = world
  const own = pinOfCertificate(material.proxySelfSigned.chain)
  const signed = pinOfCertificate(material.proxyCaSigned.chain)
  const at = { material, port: proxy.port }
  expect((await look({ ...at, servername: HOSTS.api })).pin).toBe(signed)
  for (const servername of [HOSTS.proxy, 'localhost', 'other.lab.test', '']) {
    expect((await look({ ...at, servername })).pin).toBe(own)
  }
})

test.each([`${HOSTS.api}.`, 'API.Lab.Test'])(
  '%s is a name of the CA-signed certificate in another spelling',
  async (servername) => {
    await using world = await withProxy()
    const { material, proxy } = world
    const { pin } = await look({ material, port: proxy.port, servername })
    expect(pin).toBe(pinOfCertificate(material.proxyCaSigned.chain))
  },
)

test('TLS older than 1.2 is not spoken', async () => {
  await using world = await withProxy()
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await expect(look({ material: world.material, port: world.proxy.port }, old)).rejects.toThrow()
})

test('of TLS 1.2 nothing is spoken without forward secrecy, nor with a cipher that does not authenticate', async () => {
  await using world = await withProxy()
  const at = { material: world.material, port: world.proxy.port }
  const only = (ciphers: string) => look(at, { maxVersion: 'TLSv1.2', ciphers })
  await expect(only('ECDHE-ECDSA-AES128-GCM-SHA256')).resolves.toHaveProperty('pin')
  for (const weak of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES128-GCM-SHA256']) {
    await expect(only(weak)).rejects.toThrow()
  }
})

test('a certificate renewed with the same key is picked up by itself, and every pin still matches', async () => {
  await using world = await withFiles()
  const at = { material: world.material, port: world.proxy.port, pins: world.material.shipped.pins[0]?.pins ?? [] }
  const before = await look(at)
  const next = await renew(world.material, { deployment: 'ca-signed', key: 'same', now: new Date() })
  await world.files.writePair('api-', next.proxyCaSigned)
  await world.renewed()
  const after = await look(at)
  expect(after.pin).toBe(before.pin)
  expect(after.fingerprint).not.toBe(before.fingerprint)
})

test('after a renewal with the backup key only clients that hold the backup pin go on', async () => {
  await using world = await renewedWith('ca-signed', 'backup')
  const { material } = world
  const [current = '', backup = ''] = material.shipped.pins[0]?.pins ?? []
  const at = { material, port: world.proxy.port }
  expect(await look({ ...at, pins: [current, backup] })).toMatchObject({ pin: backup })
  await expect(look({ ...at, pins: [current] })).rejects.toThrow('PIN_MISMATCH')
})

test('after a renewal with a new key pinned clients refuse, and an unpinned one goes on', async () => {
  await using world = await renewedWith('ca-signed', 'new')
  const { material } = world
  const at = { material, port: world.proxy.port }
  await expect(look({ ...at, pins: material.shipped.pins[0]?.pins ?? [] })).rejects.toThrow('PIN_MISMATCH')
  expect((await look(at)).pin).toBe(pinOfKey(world.next.proxyCaSigned.key))
})

test('after a renewal of the self-signed pair a client that trusts only the old certificate refuses', async () => {
  await using world = await renewedWith('self-signed', 'same')
  const at = { material: world.material, port: world.proxy.port, servername: HOSTS.proxy }
  await expect(look(at)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|SIGNATURE|VERIFY/) })
  expect((await look({ ...at, material: world.next })).pin).toBe(pinOfKey(world.material.proxySelfSigned.key))
})

async function renewedWith(deployment: Deployment, key: KeyChoice) {
  const world = await withFiles()
  const next = await renew(world.material, { deployment, key, now: new Date() })
  const self = deployment === 'self-signed'
  await world.files.writePair(self ? '' : 'api-', self ? next.proxySelfSigned : next.proxyCaSigned)
  await world.renewed()
  return { ...world, next }
}

test('a renewal does not drop an answer that is under way', async () => {
  let finish = () => {}
  await using world = await withFiles({
    answer: (_, response) => {
      response.write('first ')
      finish = () => void response.end('last')
    },
  })
  const response = await world.ask('/apod.nasa.gov/a.jpg', { servername: HOSTS.api })
  await once(response, 'readable')
  for (const [prefix, deployment] of [
    ['', 'self-signed'],
    ['api-', 'ca-signed'],
  ] as const) {
    const next = await renew(world.material, { deployment, key: 'new', now: new Date() })
    await world.files.writePair(prefix, prefix === '' ? next.proxySelfSigned : next.proxyCaSigned)
  }
  const reloads = await world.proxy.reload()
  expect(reloads.map(({ outcome }) => outcome)).not.toContain('refused')
  await world.renewed()
  finish()
  expect((await whole(response)).text).toBe('first last')
})

test('a session from before a renewal cannot be resumed after it', async () => {
  await using world = await withFiles()
  const at = { material: world.material, port: world.proxy.port }
  const resumed = async () => {
    const socket = connect({ host: '127.0.0.1', port: at.port, servername: HOSTS.api, ca: world.material.root.chain })
    // In TLS 1.3 a session comes only after the handshake.
    const [session] = await once(socket, 'session')
    socket.destroy()
    return session
  }
  const session = await resumed()
  expect((await look(at, { session })).reused).toBe(true)
  const next = await renew(world.material, { deployment: 'ca-signed', key: 'new', now: new Date() })
  const old = await resumed()
  await world.files.writePair('api-', next.proxyCaSigned)
  await world.renewed()
  expect(await look(at, { session: old })).toMatchObject({ reused: false, pin: pinOfKey(next.proxyCaSigned.key) })
})

test('unchanged files are left alone', async () => {
  await using world = await withFiles()
  expect(await world.proxy.reload()).toEqual([
    { identity: 'selfSigned', outcome: 'unchanged' },
    { identity: 'caSigned', outcome: 'unchanged' },
  ])
})

test('a change that the file system does not announce is noticed as well', async () => {
  const material = await freshMaterial()
  await using files = await proxyFolder(material)
  const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'))
  // The folder that is watched holds only links: nothing happens in it.
  for (const name of ['api-cert.pem', 'api-key.pem']) {
    await rename(files.at(name), join(elsewhere, name))
    await symlink(join(elsewhere, name), files.at(name))
  }
  await using world = await withProxy({ config: { identities: files.identities } })
  const next = await renew(material, { deployment: 'ca-signed', key: 'same', now: new Date() })
  await writeFile(join(elsewhere, 'api-cert.pem'), next.proxyCaSigned.chain)
  await world.line(({ msg }) => msg === 'renewed pair in use for new connections')
  await rm(elsewhere, { recursive: true })
})
