import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { renew } from '#certs/rotation.ts'
import { listen } from '#kit/listen.ts'
import { type Program, start } from '../support/program.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { proxyFolder } from './files.ts'
import { freshMaterial } from './world.ts'

const main = fileURLToPath(new URL('../../services/proxy/main.ts', import.meta.url))

function run(env: NodeJS.ProcessEnv, ...args: string[]): Program {
  const { PATH, SystemRoot } = process.env
  return start(process.execPath, [main, ...args], { env: { PATH, SystemRoot, PROXY_PORT: '0', ...env } })
}

test('it says where it listens, looks again on SIGHUP, and ends with 0 promptly on SIGTERM', async () => {
  const material = await freshMaterial()
  await using files = await proxyFolder(material)
  const program = run(files.settings)
  await program.says('the proxy listens')
  const next = await renew(material, { deployment: 'ca-signed', key: 'same', now: new Date() })
  await files.writePair('api-', next.proxyCaSigned)
  program.child.kill('SIGHUP')
  await program.says('renewed pair in use')
  const asked = performance.now()
  program.child.kill('SIGTERM')
  const { code, stderr } = await program.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
})

// Containers often have no IPv6.
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')
const testIpv6 = hasIpv6 ? test : test.skip

testIpv6('an IPv6 address is said as it is typed', async () => {
  await using files = await proxyFolder(await freshMaterial())
  const program = run({ ...files.settings, PROXY_HOST: '::1' })
  await program.says('https://[::1]:')
  program.child.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
})

test('wrong settings end it with 2 before it listens', async () => {
  const { code, stdout, stderr } = await run({ PROXY_CERT: '/nowhere', PROXY_UPSTREAM: 'mars' }).ended
  expect(stderr).toMatch(/^SETTINGS_INVALID: .*settings are wrong\n[\s\S]*PROXY_CERT[\s\S]*hint: /)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

test('a busy port ends it with 2 and says which setting to change', async () => {
  await using files = await proxyFolder(await freshMaterial())
  await using busy = await listen(createServer(), { what: 'somebody else' })
  const { code, stderr } = await run({ ...files.settings, PROXY_PORT: String(busy.port) }).ended
  expect(stderr).toMatch(/PORT_BUSY[\s\S]*PROXY_PORT/)
  expect(code).toBe(2)
})

test('an unknown flag ends it with 2, and --help with 0 and every setting', async () => {
  const [wrong, help] = await Promise.all([run({}, '--prot').ended, run({}, '--help').ended])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--prot') })
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('PROXY_ENFORCE_ATTESTATION') })
})

test('Ctrl-C ends it with 0', async () => {
  await using files = await proxyFolder(await freshMaterial())
  const program = run(files.settings)
  await program.says('the proxy listens')
  program.child.kill('SIGINT')
  if (program.child.exitCode === null) await once(program.child, 'exit')
  expect(program.child.exitCode).toBe(0)
})
