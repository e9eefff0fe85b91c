import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from '@jest/globals'
import { all, besides, clientHello, heard, withWatchedProxy } from './watched.ts'
import { closed, type UpstreamHandler } from './world.ts'

const QUICK = { handshakeMs: 1_000, headersMs: 1_000, requestMs: 2_000 }

/** A byte now and then, until the connection is gone. */
function drip(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 30)
  socket.once('close', () => clearInterval(timer))
}

test('connections without TLS, and with half of it, are closed', async () => {
  await using world = await withWatchedProxy(QUICK)
  const hello = await clientHello()
  await besides(world, () =>
    Promise.all([
      all(50, async () => closed(await world.wire())),
      all(50, async () => {
        const wire = await world.wire()
        wire.write(hello.subarray(0, hello.length / 2))
        await closed(wire)
      }),
      all(10, async () => {
        const wire = await world.wire()
        wire.write(hello.subarray(0, 11))
        drip(wire, '\0')
        await closed(wire)
      }),
    ]),
  )
})

test('five hundred connections that say nothing are closed', async () => {
  await using world = await withWatchedProxy({ ...QUICK, handshakeMs: 10_000 })
  await besides(world, () => all(500, async () => closed((await world.socket()).resume())))
})

test.each([
  ['its request line', 'GET /apod.nasa.gov/'],
  ['its headers', 'GET /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nX-Slow: '],
  ['its body', 'GET /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n'],
  ['its chunks', 'GET /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n'],
])('a client that drips within %s is told that it took too long, and let go', async (_, begin) => {
  await using world = await withWatchedProxy(QUICK)
  const answers = await besides(world, () =>
    all(20, async () => {
      const socket = await world.socket()
      socket.write(begin)
      drip(socket, 'a')
      return heard(socket)
    }),
  )
  expect(answers.filter((text) => !/^HTTP\/1.1 408 [\s\S]*"code":"REQUEST_TIMED_OUT"/.test(text))).toEqual([])
  expect(world.upstream.seen.every(({ url }) => url === '/good')).toBe(true)
})

/** A picture larger than the kernel keeps, and as large a piece of JSON. */
const large: UpstreamHandler = (request, response) => {
  if (request.url === '/good') response.end('picture')
  else if (request.url === '/json') response.setHeader('content-type', 'application/json').end(JSON_TEXT)
  else {
    response.writeHead(200, { 'content-type': 'image/jpeg' })
    const more = () => {
      while (!response.destroyed) if (!response.write(MEBIBYTE)) return void response.once('drain', more)
    }
    more()
  }
}
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'p')
const JSON_TEXT = JSON.stringify('j'.repeat(8_000_000))

test.each(['picture', 'json'])('clients that never read their %s are let go, and so is the upstream', async (what) => {
  await using world = await withWatchedProxy({ clientIdleMs: 3_000 }, large)
  const before = process.memoryUsage().rss
  await besides(world, () =>
    all(5, async () => {
      const socket = await world.socket()
      socket.on('error', () => {})
      socket.pause().write(`GET /apod.nasa.gov/${what} HTTP/1.1\r\nHost: a\r\n\r\n`)
      const cut = ({ path, cut }: Readonly<Record<string, unknown>>) => path === `/${what}` && cut === 'by the client'
      await world.line(cut)
      socket.destroy()
    }),
  )
  expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024)
})

test('a burst of three hundred handshakes that are broken off midway leaves nothing', async () => {
  await using world = await withWatchedProxy()
  const hello = await clientHello()
  await besides(world, () =>
    all(300, async () => {
      const wire = await world.wire()
      wire.write(hello)
      await once(wire, 'data')
      wire.resetAndDestroy()
      await closed(wire)
    }),
  )
})

const REQUEST = 'GET /apod.nasa.gov/never HTTP/1.1\r\nHost: a\r\n'

test.each(['end', 'reset'] as const)('clients that go (%s) at each stage leave nothing', async (how) => {
  const never: UpstreamHandler = (request, response) => {
    if (request.url === '/good') response.end('picture')
    else if (request.url === '/begun') response.write('half')
  }
  await using world = await withWatchedProxy({}, never)
  const hello = await clientHello()
  const go = async (wire: Socket, text: string | Buffer, until?: Promise<unknown>) => {
    await new Promise((resolve) => wire.write(text, resolve))
    await until
    if (how === 'end') wire.end()
    else wire.resetAndDestroy()
    await closed(wire)
  }
  const spoken = async (text: string, stage: 'at once' | 'asked' | 'begun' = 'at once') => {
    const wire = await world.wire()
    const asked = world.upstream.seen.length
    const socket = connect({ socket: wire, servername: 'localhost', ca: world.material.proxySelfSigned.chain })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    socket.write(text)
    if (stage === 'begun') await once(socket, 'data')
    if (stage === 'asked') while (world.upstream.seen.length === asked) await world.get('/healthz')
    if (how === 'end') socket.end()
    else wire.resetAndDestroy()
    await closed(socket.resume())
  }
  await besides(world, async () => {
    await go(await world.wire(), '')
    await go(await world.wire(), hello.subarray(0, 3))
    await go(await world.wire(), hello.subarray(0, 100))
    const answered = await world.wire()
    await go(answered, hello, once(answered, 'data'))
    for (const text of ['', 'GE', 'GET /apod', REQUEST, `${REQUEST}X-A`, `${REQUEST}Content-Length: 9\r\n\r\nhalf`])
      await spoken(text)
    await spoken(`${REQUEST}\r\n`)
    await spoken(`${REQUEST}\r\n`, 'asked')
    await spoken(`${REQUEST.replace('never', 'begun')}\r\n`, 'begun')
    await spoken(`${REQUEST}\r\n${REQUEST}\r\n${REQUEST}`, 'asked')
  })
  await world.upstream.allClosed()
})

test.each([
  ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
  ['zeros', Buffer.alloc(100_000)],
  ['a record of a wrong length', Buffer.from('160301ffff01', 'hex')],
  ['an alert', Buffer.from('15030300020228', 'hex')],
  ['SSL 2', Buffer.from('802e0100020015000000100100800200800300800400800500800600400700c0', 'hex')],
])('%s instead of TLS ends the connection', async (_, bytes) => {
  await using world = await withWatchedProxy({ handshakeMs: 1_000 })
  await besides(world, () =>
    all(20, async () => {
      const wire = await world.wire()
      wire.write(bytes)
      await closed(wire)
    }),
  )
})

test('garbage within TLS ends the connection', async () => {
  await using world = await withWatchedProxy()
  await besides(world, async () => {
    const wire = await world.wire()
    const socket = connect({ socket: wire, servername: 'localhost', ca: world.material.proxySelfSigned.chain })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    wire.write(Buffer.from('1703030020'.padEnd(74, '0'), 'hex'))
    await closed(socket)
  })
})

test('an HTTP/2 preface is no request, and HTTP/2 alone is not agreed on', async () => {
  await using world = await withWatchedProxy()
  await besides(world, async () => {
    expect(await world.raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"BAD_REQUEST"/)
    const socket = await plainly(world.proxy.port, { ALPNProtocols: ['h2'] })
    const [error] = await once(socket, 'error')
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })
})

test.each(['localhost', 'api.lab.test'])('a client may not negotiate anew, asking for %s', async (servername) => {
  await using world = await withWatchedProxy()
  await besides(world, async () => {
    const socket = await plainly(world.proxy.port, { maxVersion: 'TLSv1.2', servername })
    await once(socket, 'secureConnect')
    const refused = once(socket, 'error')
    socket.renegotiate({}, () => {})
    const [error] = await refused
    expect(error.code).toBe('ERR_SSL_NO_RENEGOTIATION')
    socket.destroy()
  })
})

async function plainly(port: number, options: object): Promise<TLSSocket> {
  // Who the proxy is, is of no interest here.
  return connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, ...options })
}
