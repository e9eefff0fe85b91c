import { expect, test } from '@jest/globals'
import { playedResult } from '#lab/played.ts'
import { withoutSecrets } from '#lab/without-secrets.ts'
import type { RecordedRequest } from '#mitm/evidence.ts'

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'
const SECRET = 'a-secret-that-opens-a-door'

/** What a report shows of a request. */
function shown(request: Partial<RecordedRequest>, token = TOKEN): RecordedRequest {
  const { evidence } = withoutSecrets({
    report: { outcome: 'accepted', status: 200, ms: 1 },
    evidence: {
      connections: [],
      applicationBytes: 9,
      requests: [{ at: 1, method: 'GET', path: '/', headers: {}, body: '', ...request }],
      token,
    },
  })
  const [first] = evidence.requests
  if (!first) throw new Error('the request is lost')
  return first
}

test.each([
  'approov-token',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'X-Auth-Token',
  'x-amz-security-token',
  'x-csrf-token',
  'api_key',
])('the header %s is shortened', (name) => {
  expect(JSON.stringify(shown({ headers: { [name]: SECRET } }))).not.toContain(SECRET)
  expect(JSON.stringify(shown({ headers: { [name]: [SECRET, SECRET] } }))).not.toContain(SECRET)
  expect(shown({ headers: { [name]: SECRET } }).headers[name]).toMatch(/^a-secret.*…/)
})

test.each(['host', 'accept', 'user-agent', ':authority', 'www-authenticate', 'content-type', 'x-date'])(
  'the header %s is kept',
  (name) => {
    expect(shown({ headers: { [name]: SECRET } }).headers[name]).toBe(SECRET)
  },
)

test('the scheme of an authorization is kept, for it tells what kind of secret it was', () => {
  expect(shown({ headers: { authorization: `Bearer ${TOKEN}` } }).headers.authorization).toBe(
    'Bearer eyJhbGci…b2tlbg'.replace('b2tlbg', TOKEN.slice(-4)),
  )
  expect(shown({ headers: { authorization: `Basic ${SECRET}` } }).headers.authorization).toMatch(/^Basic a-secret…/)
})

test.each([
  'api_key',
  'api-key',
  'apikey',
  'key',
  'token',
  'access_token',
  'client_secret',
  'sig%6eature',
  'X-Amz-Signature',
])('the query parameter %s is shortened, and what stands beside it is kept', (name) => {
  const { path } = shown({ path: `/apod?date=2017-01-01&${name}=${SECRET}&thumbs=true#end` })
  expect(path).toBe(`/apod?date=2017-01-01&${name}=a-secret…door&thumbs=true#end`)
})

test('a query without a secret, and one with an empty one, are kept', () => {
  for (const path of ['/apod?date=2017-01-01&keyword=moon', '/apod?token=&a=b', '/apod?%zz=1', '/token/key']) {
    expect(shown({ path }).path).toBe(path)
  }
})

test('a body loses the token wherever it stands, and what is named like a secret', () => {
  const { body } = shown({ body: `{"note":"${TOKEN}","api_key":"${SECRET}","title":"kept"}` })
  expect(body).not.toContain(TOKEN)
  expect(body).not.toContain(SECRET)
  expect(body).toContain('"title":"kept"')
  expect(shown({ body: `user=me&password=${SECRET}` }).body).toBe('user=me&password=a-secret…door')
})

test('the token is shortened in any header and in the path, whatever its form', () => {
  const plain = 'no-web-token-but-the-one-that-was-read'
  const seen = shown({ path: `/with/${plain}`, headers: { 'x-trace': `id ${plain}` } }, plain)
  expect(JSON.stringify(seen)).not.toContain(plain)
  // Another one than the attacker read first is a token all the same.
  expect(JSON.stringify(shown({ headers: { 'x-trace': TOKEN } }, plain))).not.toContain(TOKEN)
})

test('the sentence of a verdict quotes no token', () => {
  const result = playedResult({
    ...{ attack: 'a', client: 'c', expected: { verdict: 'blocked', reason: 'pin' }, readChain: () => [] },
    played: {
      report: { outcome: 'broken', code: 'X', message: `rejected ${TOKEN} at once`, ms: 1 },
      evidence: { connections: [], applicationBytes: 0, requests: [] },
    },
  })
  expect(result.why).toMatch(/rejected eyJ.* at once/)
  expect(JSON.stringify(result)).not.toContain(TOKEN)
})

test('what a client said of its failure, in each step, is told without the token', () => {
  const report = { outcome: 'broken', code: 'X', message: `rejected ${TOKEN} by the server`, ms: 1 } as const
  const evidence = { connections: [], applicationBytes: 0, requests: [], token: TOKEN }
  const told = withoutSecrets({ report, evidence, steps: [{ step: 'asks', report }] })
  expect(JSON.stringify(told)).not.toContain(TOKEN)
  expect(told.report).toMatchObject({
    message: expect.stringMatching(/^rejected eyJ.*… by the server$|^rejected eyJ.*…\S+ by the server$/),
  })
  expect(told.evidence.token).toMatch(/^eyJhbGci…/)
})
