import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { honest, type Minted, newKeys } from './mint.ts'
import { silence, startPlainServer, startServer } from './server.ts'

const main = fileURLToPath(new URL('../../services/client/pin/main.ts', import.meta.url))

let genuine: Awaited<ReturnType<typeof honest>>
let folder: string
beforeAll(async () => {
  genuine = await honest('localhost')
  folder = await mkdtemp(join(tmpdir(), 'pin-command-'))
})
afterAll(() => rm(folder, { recursive: true }))

function pin(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

test('a server is shown leaf first, with version and trust, and is sent nothing', async () => {
  await using api = await startServer(genuine.leaf)
  const { code, stdout } = await pin(`localhost:${api.port}`)
  expect(code).toBe(0)
  expect(stdout).toMatch(/TLSv1\.3 {2}NOT verified by the roots of this system: UNABLE_TO/)
  expect(stdout.match(/sha256\/\S+/g)).toEqual([genuine.leaf.pin, genuine.intermediate.pin])
  expect(stdout).toMatch(/subject {2}CN=localhost\n.*issuer {3}CN=Honest Intermediate\n.*valid {4}\d{4}-\d\d-\d\d to /)
  await api.idle()
  expect(api.received()).toBe('')
})

test('--json gives the same as data, --servername asks for another name', async () => {
  const names: string[] = []
  await using api = await startServer(genuine.leaf, undefined, {
    SNICallback(name, done) {
      names.push(name)
      done(null)
    },
  })
  const { stdout } = await pin(`https://127.0.0.1:${api.port}/path`, '--json', '--servername', 'name.test')
  const shown = JSON.parse(stdout)
  expect(shown).toMatchObject({ tls: 'TLSv1.3', certificates: [{ pin: genuine.leaf.pin, role: 'leaf' }, {}] })
  expect(names).toEqual(['name.test'])
})

test('a certificate that only bears the right name is marked', async () => {
  const twin = await honest('localhost')
  const shown = { key: genuine.leaf.key, chain: genuine.leaf.certificate + twin.intermediate.certificate } as Minted
  await using api = await startServer(shown)
  expect((await pin(`localhost:${api.port}`)).stdout).toMatch(/the next one did not sign it/)
})

describe('a file', () => {
  test('of several certificates is shown in its order', async () => {
    const { code, stdout } = await pin(await file('chain.pem', genuine.leaf.chain + genuine.root.certificate))
    expect(code).toBe(0)
    expect(stdout.match(/sha256\/\S+/g)).toEqual([genuine.leaf.pin, genuine.intermediate.pin, genuine.root.pin])
  })

  test.each(['ec', 'rsa', 'ed25519'] as const)('of an %s key gives its pin', async (type) => {
    const { privateKey, publicKey } = newKeys(type)
    const forms = [
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'pem' }),
    ]
    const [one, two] = await Promise.all(
      forms.map(async (pem, at) => pin(await file(`${type}-${at}.pem`, String(pem)))),
    )
    expect(one?.stdout).toMatch(/key +sha256\//)
    expect(two?.stdout.match(/sha256\/\S+/g)).toEqual(one?.stdout.match(/sha256\/\S+/g))
  })

  test.each<[string, () => string | Buffer, RegExp]>([
    ['empty', () => '', /it is empty/],
    ['text', () => 'hello', /no PEM in it/],
    ['der', () => genuine.leaf.x509.raw, /it is DER: openssl x509/],
    ['cut', () => genuine.leaf.certificate.slice(0, 200), /cut off/],
    ['garbled', () => genuine.leaf.certificate.replace(/[A-Z]{2}/g, 'xx'), /cannot|error|wrong|asn1|invalid/i],
    [
      'request',
      () => '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----',
      /a certificate request/,
    ],
    ['locked', lockedKey, /encrypted/],
  ])('that is no use (%s) is explained, exit 2', async (name, content, why) => {
    const { code, stdout, stderr } = await pin(await file(`${name}.pem`, content()))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^FILE_INVALID: /)
    expect(stderr).toMatch(why)
  })

  test.each(['nowhere.pem', './nowhere', '.'])('that is none (%s) is explained, exit 2', async (path) => {
    expect(await pin(path)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^CANNOT_READ: /) })
  })
})

function lockedKey(): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const
  return newKeys().privateKey.export(options).toString()
}

describe('a host that cannot be asked is explained, exit 1', () => {
  test('nothing listens', async () => {
    const gone = await startPlainServer()
    await gone.close()
    expect(await pin(`127.0.0.1:${gone.port}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^UNREACHABLE: /),
    })
  })

  test('it does not speak TLS', async () => {
    await using plain = await startPlainServer()
    expect(await pin(`127.0.0.1:${plain.port}`)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^NOT_TLS: /) })
  })

  test('it says nothing', async () => {
    await using silent = await startPlainServer(silence)
    expect(await pin(`127.0.0.1:${silent.port}`, '--timeout', '100')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^CONNECT_TIMEOUT: .* within 100 ms/),
    })
  })
})

test.each([
  [[], /missing required argument/],
  [['a.test', 'b.test'], /too many arguments/],
  [['--jsn', 'a.test'], /Did you mean --json/],
  [['a.test', '--timeout', '0'], /milliseconds/],
  [['a.test:0'], /port/],
  [['a.test:65536'], /port/],
  [['http://a.test'], /HOST_REFUSED: .* is not https/],
  [['a.test', '--servername', 'a b'], /HOST_REFUSED/],
  [['a.test', '--servername', '127.0.0.1'], /HOST_REFUSED: .* is an address/],
  [['a b'], /HOST_REFUSED/],
])('the command line %j is refused with exit 2', async (args, why) => {
  const { code, stdout, stderr } = await pin(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(why)
  expect(stderr).not.toMatch(/ at .*\.ts/)
})

test('--help shows examples', async () => {
  expect(await pin('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Examples:\n {2}npm run pin -- /),
  })
})
