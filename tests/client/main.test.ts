import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { HOSTS } from '#kit/names.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { startConnectProxy } from './connect-proxy.ts'
import { install, run, runService, start } from './installed.ts'
import { APOD, startApi, type World, withMaterial } from './world.ts'

// Windows has no signals: a child that is sent one is ended on the spot.
const onPosix = process.platform === 'win32' ? test.skip : test

const main = 'services/client/main.ts'

let world: World
beforeAll(async () => {
  world = await withMaterial()
})

test('every client is listed with what it claims to check', async () => {
  const { code, stdout } = await run({ main, args: ['--list'] })
  expect(code).toBe(0)
  for (const id of ['unpinned', 'pinned-certificate', 'pinned-key']) expect(stdout).toContain(id)
  expect(stdout).toContain('checks pinned-hosts-only, modern-tls, chain, validity, hostname, key-pin')
})

test('an accepted visit prints what the client believed and ends with 0', async () => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxyCaSigned)
  const args = ['--client', 'pinned-key', '--url', `https://${HOSTS.api}:${api.port}`, '--no-attestation']
  const { code, stdout } = await run({ main, args, env: files.clientEnv })
  expect(stdout).toContain(APOD.title)
  expect(stdout).toContain('image image/jpeg')
  expect(code).toBe(0)
})

test('a refused visit prints the reason, seen against pinned, and ends with 3', async () => {
  await using files = await install(world.material)
  const forged = { names: [HOSTS.api], validity: lasting(new Date(), 1) }
  await using api = await startApi(await issue({ ...forged, signedBy: world.material.attacker.trustedAuthority }))
  const ca = files.at('client/attacker-authority.pem')
  const args = ['--url', `https://${HOSTS.api}:${api.port}`, '--ca', ca, '--no-attestation']
  const { code, stdout } = await run({ main, args, env: files.clientEnv })
  expect(stdout).toMatch(/^pinned-key refused .*: pin/)
  expect(stdout).toContain('PIN_MISMATCH')
  expect([code, api.seen.bytes]).toEqual([3, 0])
})

test('a broken visit says that it proves nothing and ends with 1', async () => {
  await using files = await install(world.material)
  const args = ['--url', `https://${HOSTS.api}:1`, '--no-attestation']
  const { code, stdout } = await run({ main, args, env: files.clientEnv })
  expect(stdout).toContain('proves nothing')
  expect(stdout).toContain('ECONNREFUSED')
  expect(code).toBe(1)
})

test('--json prints the report alone', async () => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxySelfSigned)
  const args = [
    '--client',
    'pinned-certificate',
    '--url',
    `https://127.0.0.1:${api.port}`,
    '--json',
    '--no-attestation',
  ]
  const { stdout } = await run({ main, args, env: files.clientEnv })
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'accepted', status: 200, picture: { title: APOD.title } })
})

test.each(['unpinned', 'pinned-key'])('%s shows the proxy the credentials of --proxy', async (client) => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxyCaSigned)
  await using proxy = await startConnectProxy(api.port)
  const url = `https://${HOSTS.api}:${api.port}`
  const args = ['--client', client, '--url', url, '--proxy', `http://me:secret@127.0.0.1:${proxy.port}`]
  const { code } = await run({ main, args: [...args, '--no-attestation'], env: files.clientEnv })
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`
  expect({ code, credentials: proxy.credentials }).toEqual({ code: 0, credentials: [basic] })
})

test('other pins from the command line are the ones that are insisted on', async () => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxyCaSigned)
  const pin = `sha256/${Buffer.alloc(32, 1).toString('base64')}`
  const backup = `sha256/${Buffer.alloc(32, 2).toString('base64')}`
  await writeFile(files.at('mine.json'), JSON.stringify([{ host: HOSTS.api, pins: [pin, backup] }]))
  const args = ['--url', `https://${HOSTS.api}:${api.port}`, '--pins', files.at('mine.json'), '--no-attestation']
  const { code, stdout } = await run({ main, args, env: files.clientEnv })
  expect(stdout).toContain(pin)
  expect(code).toBe(3)
})

test('without the attestation service, the visit is broken and says how to go on', async () => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxyCaSigned)
  const env = { ...files.clientEnv, CLIENT_ATTESTATION_ADDRESS: '127.0.0.1:1' }
  const { code, stdout } = await run({ main, args: ['--url', `https://${HOSTS.api}:${api.port}`], env })
  expect(stdout).toContain('CLIENT_UNATTESTED')
  expect(stdout).toContain('--no-attestation')
  expect([code, api.seen.connections]).toEqual([1, 0])
})

test.each([
  ['an unknown client', ['--client', 'pined-key'], "did you mean 'pinned-key'"],
  ['a URL in the clear', ['--url', 'http://api.lab.test'], 'URL_INVALID'],
  ['a URL with a path', ['--url', 'https://api.lab.test/x'], 'URL_INVALID'],
  ['no URL', ['--url', 'api.lab.test:8080'], 'URL_INVALID'],
  ['a proxy over TLS', ['--proxy', 'https://me:secret@127.0.0.1:1'], 'URL_INVALID'],
  ['an unknown command', ['serv'], 'did you mean serve?'],
  ['an unknown flag', ['--clint', 'x'], '--client'],
  ['a proxy with a path', ['--proxy', 'http://127.0.0.1:1/path'], 'URL_INVALID'],
  ['files that are not there', ['--pins', '/nowhere/pins.json'], 'CANNOT_READ'],
  ['authorities without a certificate', ['--client', 'unpinned', '--ca', 'package.json'], 'CERTIFICATE_INVALID'],
  ['a certificate that is none', ['--cert', 'package.json'], 'CERTIFICATE_INVALID'],
])('%s is a wrong command line: 2 and one sentence', async (_what, args, told) => {
  await using files = await install(world.material)
  const { code, stderr, stdout } = await run({ main, args, env: files.clientEnv })
  expect(stderr).toContain(told)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toMatch(/^ +at |secret/m)
})

test('every wrong setting is named at once', async () => {
  const env = { CLIENT_TIMEOUT: 'soon', CLIENT_ATTESTATION_ADDRESS: 'nowhere', CLIENT_PINZ: 'x' }
  const { code, stderr } = await run({ main, args: [], env })
  for (const name of Object.keys(env)) expect(stderr).toContain(name)
  expect(code).toBe(2)
})

onPosix('serve ends with 0 promptly at SIGTERM', async () => {
  await using files = await install(world.material)
  await using service = await runService({ main, args: ['serve'], env: files.clientEnv })
  expect(service.log()).toMatch(/"measurement":"[0-9a-f]{64}"/)
  const asked = performance.now()
  expect(await service.end()).toBe(0)
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
})

test('serve without its files says how to make them', async () => {
  const { code, stderr } = await run({ main, args: ['serve'], env: { CLIENT_BACKSTAGE_TOKEN_FILE: '/nowhere/token' } })
  expect(stderr).toContain('npm run certs')
  expect(code).toBe(2)
})

onPosix('Ctrl-C ends a visit that hangs: 130, and nothing on stdout', async () => {
  await using files = await install(world.material)
  await using api = await startApi(world.material.proxyCaSigned, () => child.kill('SIGINT'))
  const args = ['--url', `https://${HOSTS.api}:${api.port}`, '--no-attestation']
  const child = start({ main, args, env: files.clientEnv })
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')])
  expect([child.exitCode, stdout]).toEqual([130, ''])
})
