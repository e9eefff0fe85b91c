import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { proxyConfig } from '#proxy/config.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { until } from './faulty.ts'
import { proxyFolder } from './files.ts'
import { besides, heard, withWatchedProxy } from './watched.ts'
import { closed, freshMaterial } from './world.ts'

test('each limit of clients is read, and nobody may be kept out by one', async () => {
  await using files = await proxyFolder(await freshMaterial())
  const given = {
    ...files.settings,
    PROXY_HANDSHAKE_TIMEOUT_MS: '1',
    PROXY_HEADERS_TIMEOUT_MS: '2',
    PROXY_REQUEST_TIMEOUT_MS: '3',
    PROXY_MAX_CONNECTIONS: '4',
  }
  const { limits } = await proxyConfig(given, new Date())
  expect(limits).toMatchObject({ handshakeMs: 1, headersMs: 2, requestMs: 3, connections: 4 })
  await expect(proxyConfig({ ...given, PROXY_MAX_CONNECTIONS: '0' }, new Date())).rejects.toMatchObject({
    details: ["PROXY_MAX_CONNECTIONS is '0': nobody could connect"],
  })
})

test('headers may not take longer than all of a request, whatever is set', async () => {
  await using world = await withWatchedProxy({ headersMs: 60_000, requestMs: 200 })
  const socket = await world.socket()
  socket.write('GET /apod.nasa.gov/x HTTP/1.1\r\n')
  expect(await heard(socket)).toMatch(/^HTTP\/1.1 408 /)
})

test('beyond the limit connections are closed, and those that are there go on', async () => {
  await using world = await withWatchedProxy({ connections: 3 })
  const kept = [await world.socket(), await world.socket(), await world.socket()]
  const [first] = kept
  for (let i = 0; i < 10; i++) await closed(await world.wire())
  expect(world.clients).toBe(3)
  first?.write('GET /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  expect(first && (await heard(first))).toMatch(/^HTTP\/1.1 200 [\s\S]*picture/)
  await until(() => world.clients === 2)
  expect((await world.get('/apod.nasa.gov/x')).text).toBe('picture')
  for (const socket of kept) socket.destroy()
})

const TOO_LARGE = 'POST /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n'

test('a client that sends on after its body was too large reads why, and is let go', async () => {
  await using world = await withWatchedProxy()
  const begun = performance.now()
  const text = await besides(world, async () => {
    const socket = await world.socket()
    const answer = heard(socket)
    socket.write(TOO_LARGE)
    const more = () => {
      while (!socket.destroyed) if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', more)
    }
    more()
    return answer
  })
  expect(text).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*"code":"BODY_TOO_LARGE"/i)
  expect(performance.now() - begun).toBeLessThan(PROMPTLY)
})

test('a client that sends no more after its body was too large is let go', async () => {
  await using world = await withWatchedProxy()
  const begun = performance.now()
  expect(await besides(world, () => world.raw(TOO_LARGE))).toMatch(/^HTTP\/1.1 413 /)
  expect(performance.now() - begun).toBeLessThan(PROMPTLY)
})

test('a client that has sent all of its body, too large, is let go at once, and asked nobody', async () => {
  await using world = await withWatchedProxy()
  const body = 'a'.repeat(100_000)
  const answer = await besides(world, () =>
    world.raw(`POST /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${body}`),
  )
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(await world.line(({ status }) => status === 413)).toMatchObject({ code: 'BODY_TOO_LARGE' })
})

const ask = (path: string) => `GET /apod.nasa.gov${path} HTTP/1.1\r\nHost: a\r\n\r\n`

test('fifty questions at once on one connection are answered in their order', async () => {
  await using world = await withWatchedProxy({}, (request, response) => void response.end(`<${request.url}>`))
  const socket = await world.socket()
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
  socket.write(paths.map(ask).join(''))
  let text = ''
  while (!text.includes('</49>')) text += (await once(socket, 'data'))[0]
  expect([...text.matchAll(/<(.+?)>/g)].map(([, path]) => path)).toEqual(paths)
  socket.destroy()
})

test('a thousand questions at once on one connection end it, and the upstream is spared', async () => {
  await using world = await withWatchedProxy({}, (request, response) => {
    if (request.url === '/good') response.end('picture')
  })
  expect(await besides(world, () => world.raw(ask('/never').repeat(1_000)))).toBe('')
  await world.upstream.allClosed()
  expect(world.upstream.seen.filter(({ url }) => url === '/never').length).toBeLessThanOrEqual(100)
})
