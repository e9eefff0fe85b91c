import { beforeAll, describe, expect, test } from '@jest/globals'
import { Agent, fetch, Request } from 'undici'
import { type PinnedFetch, pinnedFetch } from '#pin/index.ts'
import { TOKEN } from './naive.ts'
import { redirectTo, type Server, silence, startPlainServer, startServer, toLoopback } from './server.ts'
import { FOOLED, HOST, SAFE, setTrap, type Trap } from './trap.ts'

let trap: Trap
beforeAll(async () => {
  trap = await setTrap()
})

function open(more: Partial<Parameters<typeof pinnedFetch>[0]> = {}): PinnedFetch & AsyncDisposable {
  const client = pinnedFetch({ ...trap.agentOptions, ...more })
  return { ...client, [Symbol.asyncDispose]: () => client.close() }
}

const headers = { 'x-token': TOKEN }
const at = (server: Server, host = HOST) => `https://${host}:${server.port}/`

/** The status, or the code of the error or of what caused it. */
async function said(answer: ReturnType<typeof fetch>): Promise<number | string> {
  try {
    const { status, text } = await answer.then((one) => ({ status: one.status, text: one.text() }))
    await text
    return status
  } catch (error) {
    return codeIn(error) ?? codeIn((error as Error).cause) ?? String(error)
  }
}

const codeIn = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

test('fetch with a pin in the options of a request is fooled, and the pinned one is not', async () => {
  const connect = { ca: [...trap.device], lookup: toLoopback }
  const naive = await trap.twoSided(async (server) => {
    const dispatcher = new Agent({ connect })
    // What an agent of node:https would be told; fetch has no such option and says nothing.
    const pinning = { checkServerIdentity: () => new Error('not pinned') }
    const answer = await said(fetch(at(server), { headers, dispatcher, ...pinning }))
    await dispatcher.destroy()
    return answer
  })
  expect(naive).toMatchObject(FOOLED)
  const ours = async (server: Server) => {
    await using client = open()
    return await said(client.fetch(at(server), { headers }))
  }
  expect(await trap.twoSided(ours)).toMatchObject(SAFE)
  expect(await trap.twoSided(ours, trap.genuine.leaf)).toMatchObject({ said: 200, token: true })
})

test('a refusal is the PinError itself, and other failures stay as fetch gives them', async () => {
  await using client = open()
  await using server = await startServer(trap.forged)
  await expect(client.fetch(at(server))).rejects.toMatchObject({ name: 'PinMismatchError', code: 'PIN_MISMATCH' })
  await using gone = await startServer(trap.forged)
  await gone.close()
  const refused = { name: 'TypeError', cause: { code: 'ECONNREFUSED' } }
  await expect(client.fetch(at(gone))).rejects.toMatchObject(refused)
})

test.each([
  ['a host without pins', 'https://other.test/', 'HOST_NOT_PINNED'],
  ['an address', 'https://127.0.0.1/', 'HOST_REFUSED'],
  ['plain http', 'http://api.test/', 'NOT_HTTPS'],
  ['a URL that holds its own answer', 'data:text/plain,hello', 'NOT_HTTPS'],
])('%s is not visited', async (_what, url, code) => {
  await using client = open()
  expect(await said(client.fetch(url))).toBe(code)
  expect(await said(client.fetch(new Request(url)))).toBe(code)
})

test('a Host header that says another name is refused, on a new connection and on an open one', async () => {
  const ours = async (server: Server) => {
    await using client = open({ connections: 1 })
    const other = { headers: { ...headers, host: 'other.test' } }
    const first = await said(client.fetch(at(server), other))
    const plain = await said(client.fetch(at(server)))
    const again = await said(client.fetch(new Request(at(server), other)))
    return [first, plain, again].join()
  }
  const both = await trap.twoSided(ours, trap.genuine.leaf)
  expect(both).toMatchObject({ said: 'HOST_REFUSED,200,HOST_REFUSED', token: false })
})

test('a dispatcher is refused, not passed over in silence', async () => {
  await using server = await startServer(trap.forged)
  await using client = open()
  const dispatcher = new Agent({ connect: { ca: [...trap.device], lookup: toLoopback } })
  expect(await said(client.fetch(at(server), { dispatcher }))).toBe('OPTION_REFUSED')
  // A Request hides its own from us, and ours outranks it.
  expect(await said(client.fetch(new Request(at(server), { headers, dispatcher })))).toBe('PIN_MISMATCH')
  await dispatcher.destroy()
  await server.idle()
  expect(server.received()).toBe('')
})

describe('a redirect', () => {
  test.each([
    ['a host without pins', 'https://other.test', 'HOST_NOT_PINNED'],
    ['plain http', 'http://api.test', 'NOT_HTTPS'],
  ])('to %s is refused before a connection', async (_what, origin, code) => {
    await using elsewhere = await startServer(trap.forged)
    await using api = await startServer(trap.genuine.leaf, redirectTo(`${origin}:${elsewhere.port}/`, 307))
    await using client = open()
    expect(await said(client.fetch(at(api), { headers }))).toBe(code)
    expect(elsewhere.seen.connections).toBe(0)
  })

  test('to a pinned host is followed, and its pins are checked', async () => {
    await using elsewhere = await startServer(trap.forged)
    await using api = await startServer(trap.genuine.leaf, redirectTo(at(elsewhere), 307))
    await using client = open()
    expect(await said(client.fetch(at(api), { headers }))).toBe('PIN_MISMATCH')
    await elsewhere.idle()
    expect(elsewhere.received()).toBe('')
  })

  test('is the answer when it is to be looked at by hand', async () => {
    await using api = await startServer(trap.genuine.leaf, redirectTo('https://other.test/'))
    await using client = open()
    expect(await said(client.fetch(at(api), { redirect: 'manual' }))).toBe(302)
  })
})

test('no connection resumes a session, and none speaks HTTP/2', async () => {
  await using server = await startServer(
    trap.genuine.leaf,
    () => 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    {
      ALPNProtocols: ['h2', 'http/1.1'],
    },
  )
  await using client = open()
  for (let count = 0; count < 3; count += 1) await said(client.fetch(at(server)))
  expect(server.seen).toMatchObject({ connections: 3, resumed: 0, alpn: ['http/1.1', 'http/1.1', 'http/1.1'] })
})

test('close ends what is on its way, and nothing connects any more', async () => {
  await using silent = await startPlainServer(silence)
  await using server = await startServer(trap.genuine.leaf)
  const client = open({ timeout: 60_000 })
  const pending = said(client.fetch(at(silent)))
  while (silent.seen.connections === 0) await new Promise(setImmediate)
  await client.close()
  expect(await pending).toMatch(/^(CONNECTION_CLOSED|UND_ERR_DESTROYED)$/)
  await silent.idle()
  expect(await said(client.fetch(at(server)))).toMatch(/^(CONNECTION_CLOSED|UND_ERR_DESTROYED)$/)
  expect(server.seen.connections).toBe(0)
})

test('NODE_TLS_REJECT_UNAUTHORIZED=0 and a policy that says nothing are refused at once', () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  expect(() => pinnedFetch({ ...trap.agentOptions, env })).toThrow('TLS_CHECKS_DISABLED')
  expect(() => pinnedFetch({ ...trap.agentOptions, pins: [] })).toThrow('POLICY_INVALID')
})
