import { expect, test } from '@jest/globals'
import { type Backstage, callBackstage, createBackstage } from '#kit/backstage.ts'
import { LabError } from '#kit/error.ts'
import { listen } from '#kit/listen.ts'
import { Secret } from '#kit/secret.ts'

const token = new Secret('let-me-in')

const routes: Backstage = {
  '/double': async (input) => 2 * Number(input),
  '/nothing': async () => undefined,
  '/refuse': () => Promise.reject(new LabError('ATTACK_UNKNOWN', "there is no attack called 'x'")),
  '/break': () => Promise.reject(new Error('out of order')),
}

async function door() {
  const port = await listen(createBackstage(routes, token), { what: 'the control port' })
  return Object.assign(port, { url: `http://127.0.0.1:${port.port}` })
}

test('what the party answers comes back', async () => {
  await using party = await door()
  expect(await callBackstage({ url: party.url, token }, '/double', 21)).toBe(42)
  expect(await callBackstage({ url: party.url, token }, '/nothing', {})).toBeNull()
})

test.each([
  ['/refuse', 'ATTACK_UNKNOWN', "answered 500: ATTACK_UNKNOWN: there is no attack called 'x'"],
  ['/break', 'BACKSTAGE_FAILED', 'out of order'],
  ['/gone', 'BACKSTAGE_UNKNOWN', 'answered 404: no control at POST /gone'],
] as const)('%s is refused as %s', async (path, code, words) => {
  await using party = await door()
  await expect(callBackstage({ url: party.url, token }, path, 1)).rejects.toMatchObject({
    code,
    kind: 'failure',
    message: expect.stringContaining(words),
  })
})

test.each(['let-me-im', '', 'let-me-in-please'])("the token '%s' opens nothing", async (wrong) => {
  await using party = await door()
  const call = callBackstage({ url: party.url, token: new Secret(wrong) }, '/double', 21)
  await expect(call).rejects.toMatchObject({ code: 'BACKSTAGE_DENIED' })
})

test('a request without a token is denied, and health needs none', async () => {
  await using party = await door()
  expect((await fetch(`${party.url}/double`, { method: 'POST', body: '1' })).status).toBe(401)
  expect(await (await fetch(`${party.url}/healthz`)).json()).toEqual({ ok: true })
})

test('only POST works a control', async () => {
  await using party = await door()
  const response = await fetch(`${party.url}/double`, { headers: { authorization: 'Bearer let-me-in' } })
  expect(response.status).toBe(404)
})

test('a body that is not JSON is refused, and the next call is answered', async () => {
  await using party = await door()
  const headers = { authorization: 'Bearer let-me-in' }
  const response = await fetch(`${party.url}/double`, { method: 'POST', headers, body: '{"half' })
  expect(response.status).toBe(500)
  expect(await callBackstage({ url: party.url, token }, '/double', 1)).toBe(2)
})

test('a party that is not there is named, with what to type', async () => {
  const party = await door()
  await party.close()
  await expect(callBackstage({ url: party.url, token }, '/double', 1)).rejects.toMatchObject({
    code: 'BACKSTAGE_UNREACHABLE',
    message: expect.stringContaining(party.url),
    hint: expect.stringContaining('docker compose ps'),
  })
})
