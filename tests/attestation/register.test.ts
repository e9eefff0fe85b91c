import { cp, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from '@jest/globals'
import { jwtVerify } from 'jose'
import { createMaterial, type Material } from '#certs/material.ts'
import { measureClient } from '#client/app.ts'
import { HOSTS } from '#kit/names.ts'
import { install, run, runService } from '../client/installed.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { secretOf } from './service.ts'

// Windows has no signals: a child that is sent one is ended on the spot.
const onPosix = process.platform === 'win32' ? test.skip : test

const main = 'services/attestation/main.ts'

let material: Material
beforeAll(async () => {
  material = await createMaterial({ now: new Date() })
})

/** Whether the running service takes the client as shipped for genuine. */
async function isTakenForGenuine(port: number): Promise<boolean> {
  const measurement = await measureClient(material.shipped)
  const agent = new Agent({ ca: material.root.chain, servername: HOSTS.attestation })
  const { token } = await new Promise<{ token: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/attest' }, (response) =>
      json(response).then((body) => resolve(body as { token: string }), reject),
    )
      .once('error', reject)
      .end(JSON.stringify({ measurement }))
  })
  return jwtVerify(token, secretOf(material)).then(
    () => true,
    () => false,
  )
}

test('registering the client works against a running service, and so does removing it', async () => {
  await using files = await install(material)
  const command = (...args: string[]) => run({ main, args, env: files.attestationEnv })
  await using service = await runService({ main, args: ['serve'], env: files.attestationEnv })
  const genuine = [await isTakenForGenuine(service.port)]
  expect(await command('register')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^registered pinning-lab/) })
  genuine.push(await isTakenForGenuine(service.port))
  expect(await command('register', '--remove')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^removed /) })
  genuine.push(await isTakenForGenuine(service.port))
  expect(genuine).toEqual([false, true, false])
})

test('registering twice registers once, and says so', async () => {
  await using files = await install(material)
  const command = { main, args: ['register'], env: files.attestationEnv }
  await run(command)
  expect(await run(command)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^was registered already/) })
  expect(JSON.parse(await readFile(files.at('attestation/registered.json'), 'utf8'))).toEqual([
    {
      measurement: await measureClient(material.shipped),
      name: 'pinning-lab client',
      registeredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ])
})

test('what is registered is listed, under the name it was given', async () => {
  await using files = await install(material)
  const command = (...args: string[]) => run({ main, args: ['register', ...args], env: files.attestationEnv })
  expect((await command('--list')).stdout).toContain('no app is registered yet')
  await command('--name', 'version 2')
  expect((await command('--list')).stdout).toMatch(
    new RegExp(`^${await measureClient(material.shipped)}  \\S+Z  version 2`),
  )
})

test('an app in another folder, with other pins, is another app', async () => {
  await using files = await install(material)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'app-'))
  await cp(fileURLToPath(new URL('../../services/client/', import.meta.url)), folder.path, { recursive: true })
  const command = (...args: string[]) => run({ main, args: ['register', ...args], env: files.attestationEnv })
  await command()
  expect((await command('--folder', folder.path)).stdout).toMatch(/^was registered already/)
  await writeFile(join(folder.path, 'run.ts'), '\n', { flag: 'a' })
  expect((await command('--folder', folder.path)).stdout).toMatch(/^registered /)
  await writeFile(files.at('pins.json'), '[]')
  expect((await command('--pins', files.at('pins.json'))).stdout).toMatch(/^registered /)
  await writeFile(files.at('cert.pem'), 'another certificate')
  expect((await command('--cert', files.at('cert.pem'))).stdout).toMatch(/^registered /)
  expect((await command('--list')).stdout.trim().split('\n')).toHaveLength(4)
})

test('the service registers the client as shipped at its start where the setting says so', async () => {
  await using files = await install(material)
  const env = { ...files.attestationEnv, ATTESTATION_REGISTER_SHIPPED: 'on' }
  await using service = await runService({ main, args: ['serve'], env })
  expect(await isTakenForGenuine(service.port)).toBe(true)
})

onPosix('serve is what happens without a word, and ends with 0 promptly at SIGTERM', async () => {
  await using files = await install(material)
  await using service = await runService({ main, args: [], env: files.attestationEnv })
  const asked = performance.now()
  expect(await service.end()).toBe(0)
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
})

test.each<readonly [string, readonly string[], Readonly<Record<string, string>>, string]>([
  ['an app that was never registered', ['register', '--remove'], {}, 'NOT_REGISTERED'],
  ['a folder that is not there', ['register', '--folder', '/nowhere'], {}, 'CANNOT_READ'],
  ['pins that are not there', ['register', '--pins', '/nowhere/pins.json'], {}, 'npm run certs'],
  ['pins that are not pins', ['register', '--pins', 'package.json'], {}, 'PINS_UNREADABLE'],
  ['a registry below a file', ['register'], { ATTESTATION_REGISTERED: 'package.json/x.json' }, 'package.json'],
  ['a mistyped flag', ['register', '--lits'], {}, '--list'],
  ['a mistyped command', ['regsiter'], {}, 'did you mean register?'],
  ['a command that is none', ['dance'], {}, 'the commands are serve, register, help'],
  ['certificates that are not there', ['serve'], { ATTESTATION_CERT: '/nowhere/cert.pem' }, 'npm run certs'],
])('%s is a wrong command line: 2 and one sentence', async (_what, args, env, told) => {
  await using files = await install(material)
  const { code, stdout, stderr } = await run({ main, args, env: { ...files.attestationEnv, ...env } })
  expect(stderr).toContain(told)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toMatch(/^ +at /m)
})

test('every wrong setting is named at once', async () => {
  const env = { ATTESTATION_PORT: '99999', ATTESTATION_TOKEN_LIFE: '5 min', ATTESTATION_REGISTER_SHIPPED: 'yes' }
  const { code, stderr } = await run({ main, args: ['serve'], env })
  for (const name of Object.keys(env)) expect(stderr).toContain(name)
  expect(code).toBe(2)
})
