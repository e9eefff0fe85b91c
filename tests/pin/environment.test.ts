import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { createPinnedAgent } from '#pin/index.ts'
import { honest, type Minted, mint } from './mint.ts'
import { ok, startServer } from './server.ts'

const run = promisify(execFile)
const child = fileURLToPath(new URL('child.ts', import.meta.url))

let genuine: Awaited<ReturnType<typeof honest>>
let authority: Minted
let forged: Minted
let folder: string
beforeAll(async () => {
  genuine = await honest('localhost')
  authority = await mint({ subject: 'CN=Installed', authority: true })
  forged = await mint({ subject: 'CN=localhost', names: ['localhost'], signedBy: authority })
  folder = await mkdtemp(join(tmpdir(), 'pin-environment-'))
  await writeFile(join(folder, 'authority.pem'), authority.certificate)
})
afterAll(() => rm(folder, { recursive: true }))

// Without this one, sockets do not open on Windows.
const { SystemRoot } = process.env
const bare = SystemRoot === undefined ? {} : { SystemRoot }

interface Play {
  readonly client: string
  readonly server?: Minted
  readonly pin?: string
  readonly ca?: readonly Minted[]
  readonly env?: Record<string, string>
  readonly tls?: TlsOptions
}

async function play({ client, server = forged, pin = genuine.leaf.pin, ca, env = {}, tls }: Play) {
  await using api = await startServer(server, ok, tls)
  const order = { client, url: `https://localhost:${api.port}/`, pin, ca: ca?.map((one) => one.certificate) }
  const { stdout } = await run(process.execPath, [child, JSON.stringify(order)], { env: { ...bare, ...env } })
  await api.idle()
  return { said: stdout, token: api.received().includes('token-that-must-not-leak'), bytes: api.received().length }
}

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }

  test('takes the pin from a client that says nothing about it; ours refuses to start', async () => {
    expect(await play({ client: 'pinned', env })).toMatchObject({ said: '200', token: true })
    expect(await play({ client: 'ours', env })).toMatchObject({ said: 'TLS_CHECKS_DISABLED', bytes: 0 })
  })

  test('set by the program later on takes nothing from ours', async () => {
    // Not even the chain holds here, and the pin neither.
    expect(await play({ client: 'late' })).toMatchObject({ said: expect.stringMatching(/^UNABLE_TO_/), bytes: 0 })
    expect(await play({ client: 'late', ca: [authority] })).toMatchObject({ said: 'PIN_MISMATCH', bytes: 0 })
  })

  test('is looked for in the environment that is given', () => {
    const pins = [{ host: 'api.test', pins: [genuine.leaf.pin] }]
    const make = (value: string) =>
      createPinnedAgent({ pins, allowSinglePin: true, env: { NODE_TLS_REJECT_UNAUTHORIZED: value } })
    expect(() => make('0')).toThrow(expect.objectContaining({ code: 'TLS_CHECKS_DISABLED' }))
    expect(() => make('1')).not.toThrow()
  })
})

test('NODE_EXTRA_CA_CERTS adds nobody to the roots that ours trusts', async () => {
  const env = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }
  expect(await play({ client: 'plain', env })).toMatchObject({ said: '200', token: true })
  // Even with the attacker's own key pinned: the chain alone refuses it.
  const said = expect.stringMatching(/^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/)
  expect(await play({ client: 'ours', pin: forged.pin, env })).toMatchObject({ said, bytes: 0 })
})

test('NODE_OPTIONS cannot bring TLS 1.1 back', async () => {
  const env = { NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0' }
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const asked = { ca: [genuine.root], server: genuine.leaf, env, tls: old }
  expect(await play({ client: 'plain', ...asked })).toMatchObject({ said: '200', token: true })
  expect(await play({ client: 'ours', ...asked })).toMatchObject({
    said: expect.stringMatching(/SSL|EPROTO/),
    bytes: 0,
  })
})

test('a check that throws lets the request out where somebody handles uncaught exceptions', async () => {
  expect(await play({ client: 'throwing', ca: [authority] })).toMatchObject({ token: true })
  expect(await play({ client: 'ours', ca: [authority] })).toMatchObject({ said: 'PIN_MISMATCH', bytes: 0 })
})

test('fetch does not read an agent, so that pins given to it protect nothing', async () => {
  const env = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }
  expect(await play({ client: 'fetch', env })).toMatchObject({ said: '200', token: true })
})

test('proxy variables lead Node through a stranger, and ours nowhere', async () => {
  let asked = 0
  const proxy = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        asked += 1
        socket.end('HTTP/1.1 502 No\r\n\r\n')
      })
  })
  await using stranger = await listen(proxy, { what: 'the test proxy' })
  const address = `http://127.0.0.1:${stranger.port}`
  const env = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: address, https_proxy: address, ALL_PROXY: address }
  await play({ client: 'plain', ca: [genuine.root], server: genuine.leaf, env })
  expect(asked).toBe(1)
  const found = await play({ client: 'ours', ca: [genuine.root], server: genuine.leaf, env })
  expect(found).toMatchObject({ said: '200', token: true })
  expect(asked).toBe(1)
})
