import { expect, test } from '@jest/globals'
import { jsonAnswer, NASA_KEY, withProxy } from './world.ts'

test('a request is one line: id, method, host, path, status, bytes, ms and attestation', async () => {
  const body = JSON.stringify({ title: 'Ü' })
  await using world = await withProxy({ answer: jsonAnswer(body) })
  const token = await world.token()
  const answer = await world.get('/api.nasa.gov/planetary/apod?date=2017-01-01', { 'approov-token': token })
  expect(await world.line(({ msg }) => msg === 'request')).toEqual({
    level: 'info',
    name: 'proxy',
    time: expect.any(String),
    msg: 'request',
    id: answer.headers['x-request-id'],
    method: 'GET',
    host: 'api.nasa.gov',
    path: '/planetary/apod?date=2017-01-01',
    status: 200,
    bytes: Buffer.byteLength(body),
    ms: expect.any(Number),
    attestation: 'ok',
  })
})

test('the bytes of a streamed picture are counted', async () => {
  await using world = await withProxy({ answer: (_, response) => void response.end(Buffer.alloc(200_000)) })
  await world.get('/apod.nasa.gov/a.jpg')
  expect(await world.line(({ msg }) => msg === 'request')).toMatchObject({ bytes: 200_000 })
})

test('two requests have two ids, and what a client calls its request is not believed', async () => {
  await using world = await withProxy()
  const first = await world.get('/apod.nasa.gov/a.jpg', { 'x-request-id': 'mine' })
  const second = await world.get('/apod.nasa.gov/a.jpg', { 'x-request-id': 'mine' })
  expect(new Set([first.headers['x-request-id'], second.headers['x-request-id'], 'mine']).size).toBe(3)
})

test.each([
  '/api.nasa.gov/planetary/apod&api_key=theirs',
  '/api.nasa.gov/planetary/apod?date=2017-01-01?api_key=theirs',
  '/api.nasa.gov/planetary/apod;api_key=theirs/x',
  '/api.nasa.gov/x%3Fapi_key=theirs',
  '/api.nasa.gov/x?a=1%26api%5Fkey%3Dtheirs',
  '/api.nasa.gov/x?api%255Fkey=theirs',
  '/api.nasa.gov/x?apiKey=theirs&a=1',
  '/api.nasa.gov/x?"api_key"=theirs',
  '/api.nasa.gov/x#api_key=theirs',
  'https://user:theirs@api.nasa.gov/x',
])('the key in %s is not logged, although it is no parameter', async (path) => {
  await using world = await withProxy()
  await world.raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  const line = await world.line(({ msg }) => msg === 'request' || msg === 'request failed')
  expect(line.path).toContain('[secret]')
  expect(JSON.stringify(world.lines)).not.toContain('theirs')
})

test('no key and no token is in any line, whatever happened to the request', async () => {
  await using world = await withProxy({
    answer: (request, response) => {
      if (request.url?.startsWith('/breaks')) request.socket.destroy()
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('ok')
    },
  })
  const token = await world.token()
  const headers = { 'approov-token': token, authorization: 'Bearer clients-own-secret' }
  for (const path of [
    '/api.nasa.gov/ok?api_key=clients-own-key',
    '/api.nasa.gov/breaks?API%5FKEY=clients-own-key',
    '/evil.lab.test/x?a=1;api_key=clients-own-key',
    '/api.nasa.gov//bad?api_key=clients-own-key&api_key=clients-own-key',
    `/api.nasa.gov/${NASA_KEY}`,
  ]) {
    await world.get(path, headers)
  }
  await world.get('/api.nasa.gov/x', { 'approov-token': `${token}x` })
  await world.raw('GET /api.nasa.gov/?api_key=clients-own-key HTTP/9\r\n\r\n')
  await world.line(({ msg, path }) => msg === 'request' && path === '/x')
  const all = JSON.stringify(world.lines)
  expect(world.lines.length).toBeGreaterThan(6)
  for (const secret of [NASA_KEY, 'clients-own', token, token.split('.')[2] ?? token]) expect(all).not.toContain(secret)
})
