import { expect, test } from '@jest/globals'
import { newKey } from '#certs/key.ts'
import type { Env } from '#kit/env.ts'
import { LabError } from '#kit/error.ts'
import { proxyConfig, settings } from '#proxy/config.ts'
import { proxyFolder } from './files.ts'
import { freshMaterial } from './world.ts'

const now = new Date()

async function complaintsAbout(env: Env): Promise<readonly string[]> {
  try {
    await proxyConfig(env, now)
    return []
  } catch (error) {
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID', kind: 'usage' })
    return error instanceof LabError ? error.details : []
  }
}

test('with the generated files nothing needs to be set, and attestation is not enforced', async () => {
  await using files = await proxyFolder(await freshMaterial())
  expect(await proxyConfig(files.settings, now)).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    upstream: { kind: 'standin', address: { host: '127.0.0.1', port: 8443 } },
    attestation: { enforce: false },
    allowedHosts: ['api.nasa.gov', 'apod.nasa.gov'],
    trustForwarded: false,
    limits: { connectMs: 5_000, jsonBytes: 8_388_608 },
  })
})

test('every setting is read', async () => {
  await using files = await proxyFolder(await freshMaterial())
  const config = await proxyConfig(
    {
      ...files.settings,
      PROXY_HOST: '0.0.0.0',
      PROXY_PORT: '9000',
      PROXY_LOG_LEVEL: 'error',
      PROXY_UPSTREAM: 'real',
      NASA_API_KEY: 'a-key-of-nasa',
      PROXY_UPSTREAM_AUTHORITIES: '/nowhere',
      PROXY_ALLOWED_HOSTS: 'api.nasa.gov, Images-API.nasa.gov',
      PROXY_ENFORCE_ATTESTATION: 'on',
      PROXY_TRUST_FORWARDED: 'on',
      PROXY_CONNECT_TIMEOUT_MS: '1',
      PROXY_FIRST_BYTE_TIMEOUT_MS: '2',
      PROXY_IDLE_TIMEOUT_MS: '3',
      PROXY_CLIENT_IDLE_TIMEOUT_MS: '4',
      PROXY_BODY_LIMIT_BYTES: '5',
      PROXY_JSON_LIMIT_BYTES: '6',
    },
    now,
  )
  expect(config).toMatchObject({
    host: '0.0.0.0',
    port: 9000,
    logLevel: 'error',
    upstream: { kind: 'real' },
    attestation: { enforce: true },
    allowedHosts: ['api.nasa.gov', 'images-api.nasa.gov'],
    trustForwarded: true,
    limits: { connectMs: 1, firstByteMs: 2, idleMs: 3, clientIdleMs: 4, bodyBytes: 5, jsonBytes: 6 },
  })
  expect(config.nasaKey.reveal()).toBe('a-key-of-nasa')
  expect((await proxyConfig({ ...files.settings, PROXY_STANDIN_ADDRESS: 'nasa:1' }, now)).upstream).toMatchObject({
    address: { host: 'nasa', port: 1 },
  })
})

test('everything that is wrong is named at once, and no secret is shown', async () => {
  const material = await freshMaterial()
  await using files = await proxyFolder(material)
  await files.write('api-key.pem', await newKey())
  await files.write('attestation-secret', 'short')
  const complaints = await complaintsAbout({
    ...files.settings,
    PROXY_CERT: files.at('none.pem'),
    PROXY_PORT: '70000',
    PROXY_STANDIN_ADDRESS: 'nasa',
    PROXY_UPSTREAM: 'mars',
    PROXY_ALLOWED_HOSTS: 'https://api.nasa.gov/',
    PROXY_ENFORCE_ATTESTATION: 'yes',
    PROXY_IDLE_TIMEOUT_MS: '-1',
    PROXY_ENFORCE_ATESTATION: 'on',
    NASA_API_KEY: 'a secret with blanks',
  })
  for (const wrong of [
    /^PROXY_CERT: the certificate cannot be read from .*none.pem: there is no such file/,
    /^PROXY_PORT is '70000'/,
    /^PROXY_STANDIN_ADDRESS is/,
    /^PROXY_UPSTREAM is 'mars'/,
    /^PROXY_ALLOWED_HOSTS is/,
    /^PROXY_ENFORCE_ATTESTATION is 'yes'/,
    /^PROXY_IDLE_TIMEOUT_MS is/,
    /^PROXY_ENFORCE_ATESTATION is not a setting: did you mean PROXY_ENFORCE_ATTESTATION/,
    /^NASA_API_KEY is \(hidden\)/,
    /^PROXY_API_CERT and PROXY_API_KEY: key and certificate do not belong together/,
    /^PROXY_ATTESTATION_SECRET_FILE: /,
  ]) {
    expect(complaints).toContainEqual(expect.stringMatching(wrong))
  }
  expect(complaints).toHaveLength(11)
})

test('the real NASA wants a key', async () => {
  await using files = await proxyFolder(await freshMaterial())
  expect(await complaintsAbout({ ...files.settings, PROXY_UPSTREAM: 'real' })).toEqual([
    expect.stringMatching(/^NASA_API_KEY is missing: .*https:\/\/api.nasa.gov/),
  ])
})

test('a pair that has expired and an empty file are wrong settings', async () => {
  await using files = await proxyFolder(await freshMaterial())
  await files.write('upstream-authorities.pem', '')
  const later = new Date(now.getTime() + 20 * 365 * 86_400_000)
  await expect(proxyConfig(files.settings, later)).rejects.toMatchObject({
    details: [
      expect.stringMatching(/^PROXY_UPSTREAM_AUTHORITIES: .* is empty$/),
      expect.stringMatching(/^PROXY_CERT and PROXY_KEY: .* expired on/),
      expect.stringMatching(/^PROXY_API_CERT and PROXY_API_KEY: .* expired on/),
    ],
  })
})

test.each([
  ['# PEM below', 'the certificate file has no certificate in PEM form'],
  ['-----BEGIN CERTIFICATE-----\nMIIB', 'the certificate file is cut short'],
])('authorities that hold no certificate are a wrong setting: %j', async (text, complaint) => {
  await using files = await proxyFolder(await freshMaterial())
  await files.write('upstream-authorities.pem', text)
  expect(await complaintsAbout(files.settings)).toEqual([`PROXY_UPSTREAM_AUTHORITIES: ${complaint}`])
})

test.each(['127.0.0.1', '10.0.0.256', 'api.nasa.gov,1.2'])('%s is no list of host names', async (list) => {
  await using files = await proxyFolder(await freshMaterial())
  expect(await complaintsAbout({ ...files.settings, PROXY_ALLOWED_HOSTS: list })).toEqual([
    expect.stringMatching(/^PROXY_ALLOWED_HOSTS is/),
  ])
})

test('each file of the defaults is in the folder that npm run certs makes', () => {
  const defaults = Object.values(settings).map((setting) => String('default' in setting ? setting.default : ''))
  expect(defaults.filter((value) => /certs.generated.proxy/.test(value))).toHaveLength(6)
})
