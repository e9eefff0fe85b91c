import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { type Fronted, fronted, PROTOCOLS, type Protocol } from './fronted.ts'

const hello = (_: IncomingMessage, answer: ServerResponse) => void answer.end('hello')
const gone = (it: { closed: boolean; once(event: 'close', then: () => void): unknown }) =>
  new Promise<void>((resolve) => (it.closed ? resolve() : it.once('close', resolve)))

describe('a client that leaves', () => {
  test('within the TLS handshake harms nobody', async () => {
    await using world = await fronted(hello)
    for (const bytes of ['', '\x16\x03\x01\x02\x00\x01', 'GET / HTTP/1.1\r\n\r\n']) {
      const socket = world.tcp()
      await once(socket, 'connect')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.write(bytes, 'latin1', resolve))
      socket.resetAndDestroy()
      await gone(socket)
    }
    await stillAnswers(world)
  })

  test('before it has asked, or within the head of its question, leaves no trace upstream', async () => {
    await using world = await fronted(hello)
    for (const bytes of ['', 'GET / HT', 'POST / HTTP/1.1\r\nhost: x\r\n']) {
      const socket = await world.tls()
      socket.on('error', () => {})
      await new Promise((resolve) => socket.write(bytes, resolve))
      socket.destroy()
    }
    expect(world.upstream.connections).toBe(0)
    await stillAnswers(world)
  })

  test.each(PROTOCOLS)('over %s within the body of its question takes the upstream’s connection along', async (how) => {
    const { promise, resolve: arrive } = Promise.withResolvers<IncomingMessage>()
    await using world = await fronted((question) => void question.once('data', () => arrive(question)))
    const leave = begin(world, how, { method: 'POST', body: 'only the beginning' })
    const question = await promise
    question.on('error', () => {})
    leave()
    await gone(question)
    expect(question.complete).toBe(false)
    await world.upstream.allClosed()
  })

  test.each(PROTOCOLS)(
    'over %s before the answer takes the upstream’s connection along, and is not reported',
    async (how) => {
      const { promise, resolve: arrive } = Promise.withResolvers<ServerResponse>()
      await using world = await fronted((question, answer) => {
        if (question.method === 'POST') arrive(answer)
        else answer.end()
      })
      const leave = begin(world, how, { method: 'POST', body: 'all that comes' })
      const answer = await promise
      leave()
      await gone(answer)
      await world.upstream.allClosed()
      // By the time that this is answered the front has long noticed.
      await stillAnswers(world)
      expect(world.lines.join()).not.toMatch(/no answer from the upstream/)
    },
  )

  test.each(PROTOCOLS)('over %s within the answer takes the upstream’s connection along', async (how) => {
    const { promise, resolve: arrive } = Promise.withResolvers<ServerResponse>()
    await using world = await fronted((_, answer) => {
      answer.write('the beginning')
      arrive(answer)
    })
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
    const leave = begin(world, how, { hear })
    await heard
    leave()
    await gone(await promise)
    await world.upstream.allClosed()
  })

  test.each([
    ['no word', constants.NGHTTP2_NO_ERROR],
    ['a cancel', constants.NGHTTP2_CANCEL],
    ['an error', constants.NGHTTP2_INTERNAL_ERROR],
  ])('over HTTP/2 with %s for one stream of several leaves the others alone', async (_, code) => {
    const held: ServerResponse[] = []
    const { promise, resolve: arrive } = Promise.withResolvers<void>()
    await using world = await fronted((_, answer) => {
      if (held.push(answer) === 2) arrive()
    })
    const session = world.h2()
    const [first, second] = [session.request({ ':path': '/1' }), session.request({ ':path': '/2' })]
    await promise
    first.on('error', () => {}).close(code)
    await Promise.race(held.map(gone))
    for (const answer of held) answer.end('hello')
    const [headers] = await once(second, 'response')
    expect(headers).toMatchObject({ ':status': 200 })
    session.destroy()
  })
})

describe('closing the front', () => {
  test('ends idle, busy and half-open connections, and those to the upstream', async () => {
    const { promise: held, resolve: hold } = Promise.withResolvers<ServerResponse>()
    await using world = await fronted((question, answer) => {
      if (question.url === '/held') hold(answer)
      else answer.end('hello')
    })
    const [idle, halfOpen, session] = [await world.tls(), world.tcp(), world.h2()]
    const busy = session.request({ ':path': '/held' })
    for (const one of [idle, halfOpen, busy] as Duplex[]) one.on('error', () => {}).resume()
    await held
    await world.front.close()
    await Promise.all([idle, halfOpen, session, busy, await held].map(gone))
    await world.upstream.allClosed()
    await expect(world.ask('HTTP/1.1', '/')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('with time to spare lets answers end first, and does not wait for who is idle', async () => {
    const { promise: held, resolve: hold } = Promise.withResolvers<ServerResponse>()
    await using world = await fronted((question, answer) => {
      if (question.url === '/held') hold(answer)
      else answer.end('hello')
    })
    const idle = world.h2()
    await once(idle.request({ ':path': '/' }).resume(), 'close')
    const told = world.ask('HTTP/1.1', '/held')
    const answer = await held
    const closed = world.front.close(600_000)
    answer.end('at last')
    expect((await told).body.toString()).toBe('at last')
    await closed
    await gone(idle)
  })
})

async function stillAnswers(world: Fronted): Promise<void> {
  for (const protocol of PROTOCOLS) expect(await world.ask(protocol, '/')).toMatchObject({ status: 200 })
}

interface Beginning {
  readonly method?: string
  readonly body?: string
  /** Told that a first byte of the answer has come. */
  readonly hear?: () => void
}

/** @returns what makes the client go, without a word */
function begin(world: Fronted, protocol: Protocol, { method = 'GET', body, hear }: Beginning): () => void {
  if (protocol === 'HTTP/1.1') {
    const asked = world.h1('/', { method })
    asked.on('error', () => {})
    if (body === undefined) asked.end()
    else asked.write(body)
    asked.once('response', (answer: IncomingMessage) => answer.on('error', () => {}).once('data', () => hear?.()))
    return () => asked.destroy()
  }
  const session = world.h2()
  const stream = session.request({ ':path': '/', ':method': method }, { endStream: body === undefined })
  stream.on('error', () => {}).once('data', () => hear?.())
  if (body !== undefined) stream.write(body)
  return () => session.destroy()
}
