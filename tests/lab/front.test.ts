import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { codeOf } from '#kit/error.ts'
import { fronted, PROTOCOLS, type Protocol, toldBy } from './fronted.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const echo = (question: IncomingMessage, answer: ServerResponse) => void question.pipe(answer)
const mirror = (question: IncomingMessage, answer: ServerResponse) =>
  void answer.end(JSON.stringify({ url: question.url, method: question.method, headers: question.headers }))

describe.each(PROTOCOLS)('a client that speaks %s through the front', (protocol) => {
  test('is answered by the upstream, which reads the Host that the client wrote', async () => {
    await using world = await fronted(mirror)
    const told = await world.ask(protocol, '/a/b?c=d&moved=1', { headers: { host: 'API.lab.test:99', 'x-own': 'yes' } })
    expect(told.status).toBe(200)
    const seen = JSON.parse(told.body.toString())
    expect(seen).toMatchObject({ url: '/a/b?c=d&moved=1', method: 'GET', headers: { 'x-own': 'yes' } })
    expect(seen.headers.host).toBe('API.lab.test:99')
    expect(Object.keys(seen.headers).filter((name) => name.startsWith(':'))).toEqual([])
  })

  test('gets status, cookies and headers of the answer, but none that belonged to the connection behind', async () => {
    await using world = await fronted((_, answer) => {
      answer.writeHead(203, { 'set-cookie': ['a=1', 'b=2'], 'x-told': 'é', connection: 'close, x-tied', 'x-tied': '1' })
      answer.end()
    })
    const { status, headers } = await world.ask(protocol, '/')
    expect(status).toBe(203)
    expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-told': 'é' })
    expect(headers).not.toHaveProperty('x-tied')
  })

  test('sends 24 MiB and gets them back whole', async () => {
    await using world = await fronted(echo)
    const body = randomBytes(24 * 1024 * 1024)
    const told = await world.ask(protocol, '/', { body })
    expect(told.body.length).toBe(body.length)
    expect(sha256(told.body)).toBe(sha256(body))
  })

  test('sends a body with GET and without a length, and the upstream reads it as that', async () => {
    await using world = await fronted(async (question, answer) => {
      answer.end(`${question.method} ${await text(question)}`)
    })
    const headers: Record<string, string> = protocol === 'HTTP/1.1' ? { 'transfer-encoding': 'chunked' } : {}
    const body = Buffer.from('GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n')
    const told = await world.ask(protocol, '/', { method: 'GET', headers, body })
    expect(told.body.toString()).toBe(`GET ${body}`)
  })

  test('gets the head of an answer to HEAD', async () => {
    await using world = await fronted((_, answer) => void answer.writeHead(200, { 'content-length': 1000 }).end())
    expect(await world.ask(protocol, '/', { method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '1000' },
      body: Buffer.alloc(0),
    })
  })

  test('reads an early refusal although it has not sent all yet', async () => {
    await using world = await fronted((_, answer) => {
      answer.writeHead(413, { connection: 'close' }).end('too much', () => answer.socket?.destroySoon())
    })
    const { told, end } = await started(protocol, world)
    expect(await told).toMatchObject({ status: 413, body: Buffer.from('too much') })
    end()
  })

  test('is told 502 with the reason when the upstream breaks off before it answers', async () => {
    await using world = await fronted((question) => question.socket.destroy())
    const told = await world.ask(protocol, '/')
    expect(told).toMatchObject({ status: 502 })
    expect(told.body.toString()).toMatch(/ECONNRESET/)
  })

  test.each(['with a length', 'in chunks', 'by a reset'])(
    'never takes for whole an answer cut short %s',
    async (how) => {
      await using world = await fronted((_, answer) => {
        answer.writeHead(200, how === 'in chunks' ? {} : { 'content-length': 100_000 })
        answer.write('x'.repeat(1000), () => (how === 'by a reset' ? world.upstream.reset() : answer.socket?.destroy()))
      })
      const outcome = await world.ask(protocol, '/').then(
        ({ body }) => `whole: ${body.length}`,
        (error: unknown) => codeOf(error),
      )
      expect(outcome).toBe(protocol === 'HTTP/2' ? 'ERR_HTTP2_STREAM_ERROR' : 'ECONNRESET')
    },
  )
})

test('the first bytes pass both ways before the last are written', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<string>()
  await using world = await fronted(async (question, answer) => {
    answer.write('first down')
    question.once('data', (chunk) => arrive(String(chunk)))
    question.once('end', () => answer.end(', last down'))
  })
  const asked = world.h1('/', { method: 'POST' })
  asked.write('first up')
  expect(await arrived).toBe('first up')
  const [told] = (await once(asked, 'response')) as [IncomingMessage]
  const [chunk] = await once(told, 'data')
  expect(String(chunk)).toBe('first down')
  asked.end('last up')
  expect(await text(told)).toBe(', last down')
})

test('what is left of a question after its early refusal is taken, and the connection serves the next one', async () => {
  await using world = await fronted((question, answer) => {
    if (question.method === 'GET') answer.end('next')
    else answer.writeHead(413, { connection: 'close' }).end('too much', () => answer.socket?.destroySoon())
  })
  const socket = await world.tls()
  socket.setEncoding('utf8').write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n')
  socket.write(Buffer.alloc(1_000_000))
  await heard(socket, 'too much')
  socket.write(Buffer.alloc(1_000_000))
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await heard(socket, 'next')
  socket.destroy()
})

test('what an HTTP/1.1 client ties to its own connection stays there', async () => {
  await using world = await fronted(mirror)
  const { body } = await world.ask('HTTP/1.1', '/', {
    headers: {
      connection: 'close, X-Tied',
      'x-tied': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic x',
      cookie: 'a=1',
    },
  })
  const { headers } = JSON.parse(body.toString())
  expect(headers).toMatchObject({ cookie: 'a=1', connection: 'keep-alive' })
  for (const name of ['x-tied', 'te', 'proxy-authorization']) expect(headers).not.toHaveProperty(name)
})

test('a client that waits for leave to send its body gets it from the front, and the upstream is not asked', async () => {
  await using world = await fronted(mirror)
  const asked = world.h1('/', { method: 'POST', headers: { expect: '100-continue' } })
  asked.flushHeaders()
  await once(asked, 'continue')
  asked.end('body')
  const [told] = (await once(asked, 'response')) as [IncomingMessage]
  expect(JSON.parse(await text(told)).headers).not.toHaveProperty('expect')
})

test('cookies that HTTP/2 carries in pieces arrive as one', async () => {
  await using world = await fronted(mirror)
  const session = world.h2()
  const { body } = await toldBy(session.request({ ':path': '/', cookie: ['a=1', 'b=2'] }))
  session.destroy()
  expect(JSON.parse(body.toString()).headers.cookie).toBe('a=1; b=2')
})

test('a method that HTTP/1.1 in Node has no word for is refused by the upstream, and the front goes on', async () => {
  await using world = await fronted(mirror)
  expect(await world.ask('HTTP/2', '/', { method: 'FOO' })).toMatchObject({ status: 400 })
  expect(await world.ask('HTTP/2', '/')).toMatchObject({ status: 200 })
})

test('requests one after the other share a connection to the upstream', async () => {
  await using world = await fronted(mirror)
  for (const protocol of PROTOCOLS) for (const path of ['/1', '/2']) await world.ask(protocol, path)
  expect(world.upstream.connections).toBe(1)
})

test('an upstream that cannot prove its name gets no request, and the client hears why', async () => {
  let requests = 0
  await using impostor = await fronted(() => requests++, { host: 'another.lab.test' })
  expect((await impostor.ask('HTTP/1.1', '/')).body.toString()).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/)
  await using stranger = await fronted(() => requests++, { authorities: [impostor.material.nasa.chain] })
  const told = await stranger.ask('HTTP/2', '/')
  expect(told.status).toBe(502)
  expect(told.body.toString()).toMatch(/UNABLE_TO_(GET_ISSUER_CERT|VERIFY)/)
  expect(requests).toBe(0)
  expect(stranger.lines.join()).toMatch(/no answer from the upstream/)
})

test('without HTTP/2 in its set-up the front speaks HTTP/1.1 alone', async () => {
  await using world = await fronted(mirror, { http2: false })
  expect(await world.ask('HTTP/1.1', '/')).toMatchObject({ status: 200 })
  const session = world.h2()
  const [error] = await once(session, 'error')
  expect(codeOf(error)).toMatch(/^ERR_(HTTP2|SSL)/)
})

async function heard(socket: Duplex, words: string): Promise<void> {
  let all = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    all += chunk
    if (all.includes(words)) return
  }
  throw new Error(`the connection ended after: ${all}`)
}

/** A POST of which only the beginning was sent. */
async function started(protocol: Protocol, world: Awaited<ReturnType<typeof fronted>>) {
  if (protocol === 'HTTP/2') {
    const session = world.h2()
    const stream = session.request({ ':path': '/', ':method': 'POST' })
    stream.on('error', () => {})
    stream.write('x'.repeat(100_000))
    return { told: toldBy(stream), end: () => session.destroy() }
  }
  const asked = world.h1('/', { method: 'POST' })
  asked.on('error', () => {})
  asked.write('x'.repeat(100_000))
  const told = once(asked, 'response').then(async ([answer]) => ({
    status: answer.statusCode,
    body: await buffer(answer),
  }))
  return { told, end: () => asked.destroy() }
}
