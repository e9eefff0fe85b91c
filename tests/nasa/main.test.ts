import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { createMaterial } from '#certs/material.ts'
import { LabError } from '#kit/error.ts'
import { createLog } from '#kit/log.ts'
import { nasaConfig } from '#nasa/config.ts'
import { NASA_LIMITS, startNasa } from '#nasa/nasa.ts'
import { start } from '../support/program.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { API, withNasa } from './world.ts'

const MAIN = fileURLToPath(new URL('../../services/nasa/main.ts', import.meta.url))
const run = (args: string[], env: Record<string, string> = {}) => start(process.execPath, [MAIN, ...args], { env })

async function withPair() {
  const folder = await mkdtemp(join(tmpdir(), 'nasa-'))
  const { nasa } = await createMaterial({ now: new Date() })
  const files = { STANDIN_CERT_FILE: join(folder, 'cert.pem'), STANDIN_KEY_FILE: join(folder, 'key.pem') }
  await Promise.all([writeFile(files.STANDIN_CERT_FILE, nasa.chain), writeFile(files.STANDIN_KEY_FILE, nasa.key)])
  return { files, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

test('--help names a command to type and ends with 0', async () => {
  const { code, stdout } = await run(['--help']).ended
  expect(code).toBe(0)
  expect(stdout).toContain('npm run nasa')
})

test('an unknown flag ends with 2', async () => {
  const { code, stderr } = await run(['--prot']).ended
  expect(code).toBe(2)
  expect(stderr).toContain('--prot')
})

test.each(['SIGTERM', 'SIGINT'] as const)('it listens, and %s ends it with 0 promptly', async (signal) => {
  await using pair = await withPair()
  const program = run([], { ...pair.files, STANDIN_PORT: '0' })
  await program.says('listening')
  const asked = performance.now()
  program.child.kill(signal)
  const { code, stderr } = await program.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
})

test('certificates that are not there yet are named, with what makes them', async () => {
  const { code, stderr } = await run([], { STANDIN_CERT_FILE: '/nowhere/cert.pem' }).ended
  expect(code).toBe(2)
  expect(stderr).toContain('CANNOT_READ')
  expect(stderr).toContain('npm run certs')
})

test('a key that belongs to another certificate is refused before anybody connects', async () => {
  const [{ nasa, attestation }, log] = [
    await createMaterial({ now: new Date() }),
    createLog({ name: 'x', level: 'silent' }),
  ]
  const config = {
    host: '127.0.0.1',
    port: 0,
    tls: { chain: nasa.chain, key: attestation.key },
    apiKeys: [],
    limits: NASA_LIMITS,
  }
  await expect(startNasa(config, { log, now: () => new Date() })).rejects.toMatchObject({
    code: 'STANDIN_PAIR_UNUSABLE',
  })
})

test('a port in use is named, with the setting that chooses another', async () => {
  await using pair = await withPair()
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { code, stderr } = await run([], { ...pair.files, STANDIN_PORT: String(port) }).ended
  other.close()
  expect(code).toBe(2)
  expect(stderr).toMatch(/PORT_BUSY.*\n.*STANDIN_PORT/)
})

test('all wrong settings are named at once, and no key is printed', () => {
  const wrong = {
    STANDIN_PORT: '70000',
    STANDIN_DEMO_DAILY_LIMIT: '-1',
    STANDIN_API_KEYS: 'a key with blanks',
    STANDIN_PROT: '1',
  }
  let complaint: unknown
  try {
    nasaConfig(wrong)
  } catch (error) {
    complaint = error
  }
  if (!(complaint instanceof LabError)) throw new Error('it was not refused')
  expect(complaint.details).toHaveLength(4)
  for (const name of Object.keys(wrong)) expect(complaint.details.join('\n')).toContain(name)
  expect(complaint.details.join('\n')).not.toContain('blanks')
})

test('the request log has path and status, and no key', async () => {
  const destination = new PassThrough()
  const log = createLog({ name: 'nasa', destination })
  const nasa = await withNasa({ log })
  await nasa.get(`${API}?api_key=OWN_KEY`)
  await nasa.get(API, { headers: { 'x-api-key': 'OWN_KEY' } })
  await nasa[Symbol.asyncDispose]()
  destination.end()
  const lines = (await destination.toArray()).join('')
  expect(lines).toContain('"path":"/planetary/apod","status":200')
  expect(lines).not.toContain('OWN_KEY')
})

test('a start does not load the drawing library, the first picture does', async () => {
  const script = `
    const drawers = () => process.report.getReport().sharedObjects.filter((name) => /canvas|skia/.test(name)).length
    await import(${JSON.stringify(source('nasa.ts'))})
    console.log(drawers())
    const { draw } = await import(${JSON.stringify(source('picture/draw.ts'))})
    await draw('2017-01-01', 'comet', 'thumbnail')
    console.log(drawers())`
  const { code, stdout } = await start(process.execPath, ['--input-type=module', '-e', script], {}).ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^0\n[1-9]/) })
})

function source(file: string): string {
  return new URL(`../../services/nasa/${file}`, import.meta.url).href
}
