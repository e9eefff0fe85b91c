import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, test } from '@jest/globals'
import { keyMatches, leafOf, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { keyTypeOf, pinOfKey } from '#certs/key.ts'
import { createMaterial, credentialsOf } from '#certs/material.ts'
import { PAIRS } from '#certs/pieces.ts'
import { NOW } from './bench.ts'

test('every pair has a key that belongs to its certificate', async () => {
  const material = await createMaterial({ now: NOW })
  expect(PAIRS.filter((name) => !keyMatches(credentialsOf(material, name)))).toEqual([])
})

test("the article's certificate names the addresses at which the article looks for the proxy", async () => {
  const { proxySelfSigned } = await createMaterial({ now: NOW })
  expect(namesOf(proxySelfSigned.chain)).toEqual(['localhost', 'proxy.lab.test', '127.0.0.1', '::1', '10.0.2.2'])
})

test('an app is shipped with the current pin first, then the backup pin, and knows the authority above them', async () => {
  const material = await createMaterial({ now: NOW })
  expect(material.shipped.pins).toEqual([
    {
      host: 'api.lab.test',
      pins: [pinOfCertificate(material.proxyCaSigned.chain), pinOfKey(material.backupKeys.caSigned)],
      authorities: [pinOfCertificate(material.intermediate.chain), pinOfCertificate(material.root.chain)],
    },
  ])
  expect(material.shipped.certificate).toBe(leafOf(material.proxySelfSigned.chain))
})

test('the attacker has no key of anybody else, and its authority is not the one that everybody trusts', async () => {
  const { attacker, ...honest } = await createMaterial({ now: NOW })
  const keys = [honest.root, honest.intermediate, honest.proxySelfSigned, honest.proxyCaSigned, honest.nasa].map(
    ({ key }) => key,
  )
  expect(keys).not.toContain(attacker.trustedAuthority.key)
  expect(keys).not.toContain(attacker.otherHost.key)
  expect(new X509Certificate(attacker.trustedAuthority.chain).subject).not.toContain('Pinning Lab')
})

test("the key type is that of the proxy's keys and their backups", async () => {
  const material = await createMaterial({ now: NOW, keyType: 'ed25519' })
  const keys = [material.proxyCaSigned.key, material.proxySelfSigned.key, material.backupKeys.caSigned]
  expect(keys.map(keyTypeOf)).toEqual(['ed25519', 'ed25519', 'ed25519'])
})

test('two worlds share no key and no secret', async () => {
  const [one, other] = await Promise.all([createMaterial({ now: NOW }), createMaterial({ now: NOW })])
  expect(one.attestationSecret).not.toBe(other.attestationSecret)
  expect(Buffer.from(one.attestationSecret, 'base64url')).toHaveLength(32)
  expect(PAIRS.filter((name) => credentialsOf(one, name).key === credentialsOf(other, name).key)).toEqual([])
})

test('a client that trusts only cert.pem reaches the proxy by any of its names, and no other server', async () => {
  const now = new Date()
  const [genuine, foreign] = await Promise.all([createMaterial({ now }), createMaterial({ now })])
  const { certificate } = genuine.shipped
  expect(await handshake(genuine.proxySelfSigned, certificate, 'proxy.lab.test')).toBe('authorized')
  expect(await handshake(genuine.proxySelfSigned, certificate, 'localhost')).toBe('authorized')
  expect(await handshake(foreign.proxySelfSigned, certificate, 'localhost')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
})

async function handshake(pair: { key: string; chain: string }, ca: string, servername: string): Promise<string> {
  const server = createServer({ key: pair.key, cert: pair.chain }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', servername, ca })
  try {
    await once(socket, 'secureConnect')
    return 'authorized'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  } finally {
    socket.destroy()
    server.close()
  }
}
