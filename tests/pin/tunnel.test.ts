import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Listening, listen } from '#kit/listen.ts'
import { pinnedGot } from '#pin/index.ts'
import { honest, type Minted, mint } from './mint.ts'
import { startServer, toLoopback } from './server.ts'

const HOST = 'api.test'

let genuine: Awaited<ReturnType<typeof honest>>
let foreign: Minted
beforeAll(async () => {
  genuine = await honest(HOST)
  foreign = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: genuine.intermediate })
})

/** A proxy that answers every CONNECT with `answer`, and after a 200 leads to `port`. */
async function startProxy(port: number, answer = 'HTTP/1.1 200 OK\r\n\r\n') {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    void once(socket, 'data').then(([head]: Buffer[]) => {
      heard.push(String(head))
      socket.write(answer)
      if (answer === '') socket.end()
      if (answer.includes(' 200 ')) relay(socket, port)
      else socket.on('data', (chunk) => heard.push(String(chunk)))
    })
  })
  const listening: Listening = await listen(server, { what: 'the test proxy' })
  return { ...listening, heard }
}

function relay(socket: Socket, port: number): void {
  const upstream = connect(port, '127.0.0.1')
  upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  socket.on('close', () => upstream.destroy())
  socket.pipe(upstream).pipe(socket)
}

async function visit(proxy: string, port: number): Promise<unknown> {
  const client = pinnedGot({
    pins: [{ host: HOST, pins: [genuine.leaf.pin] }],
    allowSinglePin: true,
    ca: [genuine.root.certificate],
    lookup: toLoopback,
    proxy,
    timeout: 2_000,
  })
  try {
    await client.got(`https://${HOST}:${port}/`)
    return await client.got(`https://${HOST}:${port}/`).text()
  } catch (error) {
    return error
  } finally {
    await client.close()
  }
}

describe('through an explicit proxy', () => {
  test('a genuine server is reached, over one tunnel for two requests', async () => {
    await using api = await startServer(genuine.leaf)
    await using proxy = await startProxy(api.port)
    expect(await visit(`http://127.0.0.1:${proxy.port}`, api.port)).toBe('hi')
    expect(proxy.heard).toEqual([`CONNECT ${HOST}:${api.port} HTTP/1.1\r\nHost: ${HOST}:${api.port}\r\n\r\n`])
    expect(api.seen).toMatchObject({ connections: 1, names: [HOST] })
  })

  test('another key at the far end of the tunnel gets no byte', async () => {
    await using api = await startServer(foreign)
    await using proxy = await startProxy(api.port)
    expect(await visit(`http://127.0.0.1:${proxy.port}`, api.port)).toMatchObject({ code: 'PIN_MISMATCH' })
    await api.idle()
    expect(api.received()).toBe('')
  })

  test('credentials go to the proxy and to nobody else', async () => {
    await using api = await startServer(genuine.leaf)
    await using proxy = await startProxy(api.port)
    expect(await visit(`http://us%40er:pass@127.0.0.1:${proxy.port}`, api.port)).toBe('hi')
    expect(proxy.heard[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('us@er:pass').toString('base64')}\r\n`)
    expect(api.received()).not.toContain('Proxy-Authorization')
  })

  test.each([
    ['refuses', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'],
    ['answers as if it were the server', 'HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\n\r\n'],
    ['speaks before the tunnel is used', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
    ['speaks something else', '220 mail.test ESMTP\r\n\r\n'],
    ['never comes to an end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`],
    ['hangs up', ''],
  ])('a proxy that %s never sees the request', async (_how, answer) => {
    await using api = await startServer(genuine.leaf)
    await using proxy = await startProxy(api.port, answer)
    expect(await visit(`http://127.0.0.1:${proxy.port}`, api.port)).toMatchObject({ code: 'PROXY_REFUSED' })
    expect(proxy.heard.join('')).not.toContain('GET /')
    expect(api.received()).toBe('')
  })

  test('a proxy that never answers is given up', async () => {
    await using silent = await listen(createServer(), { what: 'the test proxy' })
    const client = pinnedGot({
      pins: [{ host: HOST, pins: [genuine.leaf.pin] }],
      allowSinglePin: true,
      proxy: `http://127.0.0.1:${silent.port}`,
      timeout: 100,
    })
    const said = await client.got(`https://${HOST}/`).catch((error: unknown) => error)
    expect(said).toMatchObject({ code: expect.stringMatching(/^(CONNECT_TIMEOUT|ETIMEDOUT)$/) })
    await client.close()
  })
})

test.each([
  '127.0.0.1:3128',
  'https://proxy.test:3128',
  'socks5://proxy.test',
  'http://proxy.test/path',
  'http://us%er:pass@proxy.test',
  '',
])("'%s' is no address of a proxy", (proxy) => {
  expect(() => pinnedGot({ pins: [{ host: HOST, pins: [genuine.leaf.pin] }], allowSinglePin: true, proxy })).toThrow(
    expect.objectContaining({ code: 'PROXY_INVALID' }),
  )
})

test('a password in a wrong proxy address is not printed', () => {
  const proxy = 'https://user:hunter2@proxy.test'
  const make = () => pinnedGot({ pins: [{ host: HOST, pins: [genuine.leaf.pin] }], allowSinglePin: true, proxy })
  expect(make).toThrow(expect.not.stringContaining('hunter2'))
})
