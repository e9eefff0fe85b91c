import { X509Certificate } from 'node:crypto'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { targetOf } from '#lab/try/target-options.ts'
import { tryCommand } from '#lab/try-command.ts'
import { CURL, ownApi, screenFor } from './own-api.ts'

const DAY = 24 * 60 * 60 * 1000

test.each([
  ['--target', '*.example.com'],
  ['--target', 'https://example.com/v1'],
  ['--target', 'example.com:0'],
  ['--target', ''],
  ['--path', '/v1'],
  ['--no-forward', '--plain-env'],
])('%s %s is refused', async (option, value) => {
  const failing = tryCommand(screenFor([option, value, ...CURL, '{url}']))
  await expect(failing).rejects.toMatchObject({ code: 'TARGET_INVALID', kind: 'usage' })
})

test('no name is taken over that leads where its owner wants', async () => {
  const failing = tryCommand(screenFor(['--target', 'localhost:1', '--road', 'takeover', ...CURL, '{url}']))
  await expect(failing).rejects.toMatchObject({ code: 'TARGET_ROAD', kind: 'usage' })
})

test('an API that is down proves nothing, and is named', async () => {
  const { port, close } = await listen(createTcpServer(), { what: 'a port that is free in a moment' })
  await close()
  const failing = tryCommand(screenFor(['--target', `127.0.0.1:${port}`, ...CURL, '{url}']))
  await expect(failing).rejects.toMatchObject({
    ...{ code: 'TARGET_UNREACHABLE', kind: 'inconclusive' },
    message: `127.0.0.1:${port} cannot be reached: ECONNREFUSED`,
  })
})

test('an API whose certificate has expired proves nothing', async () => {
  const now = Date.now()
  await using api = await ownApi({ validity: { from: new Date(now - 2 * DAY), until: new Date(now - DAY) } })
  const failing = tryCommand(screenFor(['--target', api.at, '--ca', api.ca, ...CURL, '{url}']))
  await expect(failing).rejects.toMatchObject({ code: 'TARGET_EXPIRED', kind: 'inconclusive' })
  expect(api.requests).toEqual([])
})

test('an API that nobody vouches for, or only under another name, proves nothing', async () => {
  await using api = await ownApi()
  await using misnamed = await ownApi({ names: ['api.example.test'] })
  const unvouched = tryCommand(screenFor(['--target', api.at, ...CURL, '{url}']))
  await expect(unvouched).rejects.toMatchObject({ code: 'TARGET_UNTRUSTED', hint: expect.stringMatching(/--ca FILE/) })
  const wrong = tryCommand(screenFor(['--target', misnamed.at, '--ca', misnamed.ca, ...CURL, '{url}']))
  await expect(wrong).rejects.toMatchObject({
    message: expect.stringMatching(/its certificate is for api\.example\.test$/),
  })
})

test('a file without a certificate vouches for nobody', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'pinlab-target-'))
  const file = join(folder.path, 'empty.pem')
  await writeFile(file, 'nothing\n')
  const failing = tryCommand(screenFor(['--target', 'localhost', '--ca', file, ...CURL, '{url}']))
  await expect(failing).rejects.toMatchObject({ code: 'TARGET_CA_INVALID', kind: 'usage' })
})

test('whom this machine trusts vouches for an API when nobody else is named, each once', async () => {
  const target = await targetOf({ target: 'api.example.test', forward: true }, undefined)
  const seen = (target?.authorities ?? []).map((pem) => new X509Certificate(pem).fingerprint256)
  expect(seen.length).toBeGreaterThanOrEqual(rootCertificates.length)
  expect(new Set(seen).size).toBe(seen.length)
  expect(target).toMatchObject({ origin: 'https://api.example.test:443', path: '/', forwards: true })
})

test('clients that everybody knows are not let loose on an API of somebody’s own', async () => {
  const failing = tryCommand(screenFor(['--target', 'localhost', '--reference', 'curl-*']))
  await expect(failing).rejects.toThrow('takes no --target')
})
