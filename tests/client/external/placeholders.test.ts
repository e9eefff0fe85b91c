import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ExternalClient, externalClient } from '#client/external/external.ts'
import { PLACEHOLDERS, placeholdersIn, variableOf } from '#client/external/placeholders.ts'
import { createWorldFiles, type WorldFiles } from '#client/external/world.ts'
import { type Trial, trial } from './trial.ts'

const TIMEOUT = 60_000
const TODAY = '/api.nasa.gov/planetary/apod?thumbs=true'
const ALL = Object.keys(PLACEHOLDERS) as (keyof typeof PLACEHOLDERS)[]

let files: WorldFiles
let world: Trial
let scratch: string
beforeAll(async () => {
  ;[files, world, scratch] = await Promise.all([createWorldFiles(), trial(), mkdtemp(join(tmpdir(), 'pinlab-told-'))])
})
afterAll(async () => {
  await Promise.all([files[Symbol.asyncDispose](), world[Symbol.asyncDispose](), rm(scratch, { recursive: true })])
})

type Telling = Partial<Pick<ExternalClient, 'args' | 'env' | 'plainEnv'>> & {
  readonly inherited?: Readonly<Record<string, string>>
  readonly proxy?: string
}

/** What a program has for arguments and environment, as the program itself wrote it down. */
async function told({ inherited = {}, proxy, ...program }: Telling) {
  const path = join(scratch, 'told.json')
  const script = `const [, path, ...args] = process.argv
    require('node:fs').writeFileSync(path, JSON.stringify({ args, env: process.env }))`
  const client = externalClient(
    {
      ...{ id: 'teller', command: execPath, env: {}, plainEnv: false, deployment: 'ca-signed' },
      ...program,
      args: ['-e', script, '--', path, ...(program.args ?? [])],
    },
    { files, inherited },
  )
  const open = await client.open({ ...world.situation('trusted'), ...(proxy !== undefined && { proxy }) })
  await open.look?.('a-token')
  await open.close()
  // The shape is what the script writes.
  return JSON.parse(await readFile(path, 'utf8')) as { args: string[]; env: Record<string, string> }
}

/** What each placeholder stands for in that situation. */
async function wanted(): Promise<Record<string, string>> {
  const { deviceAuthorities, shipped, origin } = world.situation('trusted')
  const [pin = '', backup = ''] = shipped.pins[0]?.pins ?? []
  const digest = pin.slice('sha256/'.length)
  return {
    ...{ url: `${origin}${TODAY}`, host: 'localhost', port: String(world.trusted.port), path: TODAY },
    ca: await files.ca(deviceAuthorities),
    'ca:pkcs12': await files.pkcs12(deviceAuthorities),
    'ca:jks': await files.jks(deviceAuthorities),
    'ca:dir': await files.folder(deviceAuthorities),
    ...{ pin, 'pin:okhttp': pin, 'pin:trustkit': digest, 'pin:backup': backup },
    'pin:curl': `sha256//${digest};sha256//${backup.slice('sha256/'.length)}`,
    'pin:hex': Buffer.from(digest, 'base64').toString('hex'),
    cert: await files.certificate(shipped.certificate),
    proxy: '',
    token: 'a-token',
  }
}

test(
  'every placeholder is filled, in arguments and in variables, and is a variable of its own',
  async () => {
    const named = ALL.map((name) => `<{${name}}>`)
    const { args, env } = await told({ args: named, env: { ALL: named.join(' ') } })
    const values = await wanted()
    expect(args).toEqual(ALL.map((name) => `<${values[name]}>`))
    expect(env).toMatchObject({ ALL: ALL.map((name) => `<${values[name]}>`).join(' ') })
    expect(env).toMatchObject(Object.fromEntries(ALL.map((name) => [variableOf(name), values[name]])))
    await Promise.all(['ca', 'ca:pkcs12', 'ca:jks', 'ca:dir', 'cert'].map((name) => stat(values[name] ?? '')))
  },
  TIMEOUT,
)

test(
  'the variables that ecosystems read lead into the same world',
  async () => {
    const { env } = await told({
      inherited: { PATH: '/bin', JAVA_TOOL_OPTIONS: '-Xmx64m', https_proxy: 'http://x.test' },
    })
    const { ca, 'ca:pkcs12': store } = await wanted()
    const pem = ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO']
    expect(env).toMatchObject({ PATH: '/bin', ...Object.fromEntries(pem.map((name) => [name, ca])) })
    expect(env.JAVA_TOOL_OPTIONS?.split(' ')).toEqual([
      '-Xmx64m',
      `-Djavax.net.ssl.trustStore=${store}`,
      '-Djavax.net.ssl.trustStorePassword=changeit',
      '-Djavax.net.ssl.trustStoreType=PKCS12',
    ])
    expect(Object.keys(env).filter((name) => /proxy/i.test(name) && name !== 'LAB_PROXY')).toEqual([])
  },
  TIMEOUT,
)

test(
  'on the proxy road they name the proxy as well',
  async () => {
    const proxy = 'http://127.0.0.1:3128'
    const { env } = await told({ proxy })
    expect(env).toMatchObject({ HTTPS_PROXY: proxy, https_proxy: proxy, NODE_USE_ENV_PROXY: '1', LAB_PROXY: proxy })
    expect(env.JAVA_TOOL_OPTIONS).toMatch(/ -Dhttps\.proxyHost=127\.0\.0\.1 -Dhttps\.proxyPort=3128$/)
  },
  TIMEOUT,
)

test(
  'with a plain environment, nothing is set but LAB_ and what was asked for',
  async () => {
    const inherited = { PATH: '/bin', JAVA_TOOL_OPTIONS: '-Xmx64m', LAB_TOKEN: 'of another lab' }
    const { env } = await told({ plainEnv: true, env: { API_URL: '{url}' }, inherited, proxy: 'http://127.0.0.1:3128' })
    const { LAB_TOKEN, LAB_URL, ...rest } = env
    expect({ LAB_TOKEN, LAB_URL }).toEqual({ LAB_TOKEN: 'a-token', LAB_URL: rest.API_URL })
    expect(
      Object.keys(rest)
        .filter((name) => !name.startsWith('LAB_'))
        .sort(),
    ).toEqual(['API_URL', 'JAVA_TOOL_OPTIONS', 'PATH'])
    expect(rest.JAVA_TOOL_OPTIONS).toBe('-Xmx64m')
  },
  TIMEOUT,
)

test.each([
  ['{prot}', '{prot} stands for nothing', 'did you mean {port}? '],
  ['--pin={pin:okhtp}', '{pin:okhtp} stands for nothing', 'did you mean {pin:okhttp}? '],
  ['{zzzzzzzzzzzz}', '{zzzzzzzzzzzz} stands for nothing', ''],
])('%s is refused with the nearest and the whole list', (text, message, near) => {
  const list = ALL.map((name) => `{${name}}`).join(' ')
  expect(() => placeholdersIn(text)).toThrow(
    expect.objectContaining({ code: 'PLACEHOLDER_UNKNOWN', message, hint: `${near}all of them: ${list}` }),
  )
})

test.each(['command', 'args', 'env'] as const)(
  'one that stands for nothing is refused in %s before anything runs',
  (where) => {
    const values = { command: 'x', args: ['y'], env: { Z: 'z' } }
    const wrong = { command: '{wrong}', args: ['{wrong}'], env: { Z: '{wrong}' } }
    const program = { id: 'x', plainEnv: false, deployment: 'ca-signed', ...values, [where]: wrong[where] } as const
    expect(() => externalClient(program, { files, inherited: {} })).toThrow('{wrong} stands for nothing')
  },
)

test('braces around what is no name are left alone', async () => {
  const args = ['{}', '{"a": 1}', '{ url }', '${port', '{URL}']
  expect((await told({ args })).args).toEqual(args)
})
