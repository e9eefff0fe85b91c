import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { certsConfig } from '#certs/config.ts'
import { certificatesOf, keyMatches } from '#certs/credentials.ts'
import type { Rehearsed } from '#certs/rehearse.ts'
import { serveCerts } from '#certs/serve.ts'
import { callBackstage } from '#kit/backstage.ts'
import { silentLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { start } from '../support/program.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { contents, emptyWorkshop } from './bench.ts'

async function served(env: Record<string, string> = {}) {
  const workshop = await emptyWorkshop()
  const config = certsConfig({ CERTS_BACKSTAGE_PORT: '0', ...env })
  const server = await serveCerts(workshop, config.backstage, silentLog())
  const read = (path: string) => readFile(join(workshop.folder, path), 'utf8')
  const call = async (path: `/${string}`, input: unknown, token?: string) =>
    callBackstage(
      { url: `http://127.0.0.1:${server.port}`, token: new Secret(token ?? (await read('lab/certs-backstage-token'))) },
      path,
      input,
    )
  const ask = (input: unknown, token?: string) => call('/renew', input, token)
  const dispose = async () => {
    await server.close()
    await workshop[Symbol.asyncDispose]()
  }
  return { workshop, read, ask, call, [Symbol.asyncDispose]: dispose }
}

describe('the control port', () => {
  test.each(['same', 'backup', 'new'])('renews with the %s key and tells the pins', async (key) => {
    await using certs = await served()
    const [cert, pins] = [await certs.read('proxy/api-cert.pem'), await certs.read('client/pins.json')]
    const summary = await certs.ask({ deployment: 'ca-signed', key })
    expect(await certs.read('proxy/api-cert.pem')).not.toBe(cert)
    expect((await certs.read('client/pins.json')) === pins).toBe(key === 'same')
    expect(summary).toMatchObject({ pins: JSON.parse(await certs.read('client/pins.json')) })
  })

  test('can leave the shipped app as it is', async () => {
    await using certs = await served()
    const pins = await certs.read('client/pins.json')
    await certs.ask({ deployment: 'ca-signed', key: 'new', keepClient: true })
    expect(await certs.read('client/pins.json')).toBe(pins)
  })

  test('answers nobody without the token', async () => {
    await using certs = await served()
    const cert = await certs.read('proxy/cert.pem')
    await expect(certs.ask({ deployment: 'self-signed', key: 'new' }, 'guess')).rejects.toMatchObject({
      code: 'BACKSTAGE_DENIED',
    })
    expect(await certs.read('proxy/cert.pem')).toBe(cert)
  })

  test('shows what is in use', async () => {
    await using certs = await served()
    expect(await certs.call('/rehearse', { deployment: 'ca-signed' })).toEqual({
      credentials: { key: await certs.read('proxy/api-key.pem'), chain: await certs.read('proxy/api-cert.pem') },
      root: await certs.read('client/device-authorities.pem'),
    })
  })

  test.each([
    ['same', 'proxy/api-key.pem'],
    ['backup', 'authority/api-backup-key.pem'],
    ['new', undefined],
  ])('rehearses a renewal with the %s key, and writes nothing', async (key, file) => {
    await using certs = await served()
    const before = await contents(certs.workshop.folder)
    const { credentials, root } = (await certs.call('/rehearse', { deployment: 'ca-signed', key })) as Rehearsed
    expect(await contents(certs.workshop.folder)).toEqual(before)
    expect(Object.keys(before).find((path) => before[path] === credentials.key && !path.startsWith('lab/'))).toBe(file)
    expect(keyMatches(credentials)).toBe(true)
    expect(credentials.chain).not.toBe(before['proxy/api-cert.pem'])
    const [leaf, issuer] = certificatesOf(credentials.chain).map((pem) => new X509Certificate(pem))
    expect(leaf?.verify((issuer ?? new X509Certificate(root)).publicKey)).toBe(true)
  })

  test('says what is wrong with an order', async () => {
    await using certs = await served()
    await expect(certs.ask({ deployment: 'both', key: 'old' })).rejects.toMatchObject({
      code: 'RENEW_INVALID',
      message: expect.stringMatching(/deployment.*key/s),
    })
  })

  test('does orders that come together one after the other', async () => {
    await using certs = await served()
    const orders = ['self-signed', 'ca-signed', 'self-signed'].map((deployment) =>
      certs.ask({ deployment, key: 'backup' }),
    )
    expect(await Promise.all(orders)).toHaveLength(3)
  })

  test('takes its token from a file of its own', async () => {
    await using other = await emptyWorkshop()
    const tokenFile = join(other.path, 'token')
    await writeFile(tokenFile, 'mine\n')
    await using certs = await served({ CERTS_BACKSTAGE_TOKEN_FILE: tokenFile })
    await expect(certs.ask({ deployment: 'ca-signed', key: 'same' }, 'mine')).resolves.toHaveProperty('pins')
  })
})

test('the service generates, stays, and ends with exit code 0 when it is told to', async () => {
  await using workshop = await emptyWorkshop()
  const main = fileURLToPath(new URL('../../certs/main.ts', import.meta.url))
  const env = { ...process.env, CERTS_FOLDER: workshop.folder, CERTS_BACKSTAGE_PORT: '0' }
  const program = start(process.execPath, [main, 'serve'], { env })
  await program.says('ready to renew')
  const asked = performance.now()
  program.child.kill('SIGTERM')
  const { code, stdout, stderr } = await program.ended
  // Windows has no SIGTERM that a process could hear.
  if (process.platform !== 'win32') expect(code).toBe(0)
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
  expect(stderr).toBe('')
  expect(stdout).not.toContain('PRIVATE')
  expect(stdout).not.toContain(await readFile(join(workshop.folder, 'certs/backstage-token'), 'utf8'))
})
