import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import { checkAnswers } from './fuzz/check-answers.ts'
import { complaintAboutLine } from './fuzz/check-log.ts'
import { complaintAboutSeen } from './fuzz/check-upstream.ts'
import { type FuzzPlan, fuzz } from './fuzz/run.ts'
import { CLIENT_TOKEN, NASA_KEY, SIGNED_TOKEN } from './fuzz/secrets.ts'
import { tampering } from './fuzz/tampering.ts'
import { table, tellFindings } from './fuzz/tell.ts'
import { SERIAL, type Seen } from './fuzz/upstream.ts'
import { type Conversation, hostileConversations } from './hostile.ts'

// Of the fuzzer's own end, not of the proxy's: a slow machine needs longer for so many.
const LONG = 90_000

test.each([
  ['seed 1', 1],
  ['seed 2', 2],
  ['a fresh seed', randomInt(2 ** 31)],
] as const)(
  'no hostile request of %s makes the proxy do what it must not do',
  async (_, seed) => {
    const began = performance.now()
    const report = await fuzz({ seed, requests: 2_000, connections: 24 })
    expect(tellFindings(report)).toBe('')
    expect(report.requests).toBeGreaterThanOrEqual(2_000)
    // Else its clients left before they could be answered: the table says how many.
    if (report.reached <= 100) throw new Error(table(report, (performance.now() - began) / 1000))
    expect([...report.answers.keys()]).toEqual(expect.arrayContaining([200, 204, 302, 304, 400, 404, 405]))
  },
  LONG,
)

test('the same seed gives the same requests, and another seed others', () => {
  expect(firstOf(7)).toEqual(firstOf(7))
  expect(firstOf(8)).not.toEqual(firstOf(7))
})

function firstOf(seed: number): Conversation[] {
  const conversations = hostileConversations(seed)
  return Array.from({ length: 600 }, () => conversations.next().value)
}

const twice = (sent: string) => sent + sent.replaceAll('connection: close', '').replaceAll('Connection: close', '')
const renumbered = (text: string) =>
  text.replace(/(x-serial: |picture for )(\d+)/g, (_, name, number) => name + (number - 1))

test.each([
  [
    'gives the key away',
    (sent: string) => sent.replaceAll('nosniff', NASA_KEY),
    'the NASA key is in what was sent back',
  ],
  [
    'mixes answers',
    renumbered,
    'which was not asked for here, or not in this order|which was given before|is (200|302)',
  ],
  ['fails', (sent: string) => sent.replaceAll('HTTP/1.1 400', 'HTTP/1.1 500'), 'the proxy itself failed'],
  ['answers twice', twice, 'answers, where at most|more after|given before|not in this order|answers to'],
])('a proxy that %s is found out', async (_, change, what) => {
  const { findings } = await fuzz(small({ start: tampering(change) }))
  expect(findings.length).toBeGreaterThan(0)
  expect(findings[0]?.what).toMatch(new RegExp(what))
  expect(findings[0]?.conversations[0]?.sent).toMatch(/HTTP/)
})

test('a proxy that takes no connections is found out', async () => {
  const start = () =>
    listen(
      createServer((socket) => void socket.destroy()),
      { what: 'a proxy that crashed' },
    )
  const { findings } = await fuzz(small({ start }))
  expect(findings[0]?.what).toContain('takes no connection')
})

test('a proxy that connects to another place than the upstream is found out', () => {
  const guard = new URL('./fuzz/only-the-upstream.ts', import.meta.url).href
  const connecting = (port: number) =>
    `import { connect } from 'node:tls'; connect({ host: '127.0.0.1', port: ${port} }).on('error', () => {})`
  const env = { ...process.env, FUZZ_UPSTREAM_PORT: '1' }
  const said = [1, 2].map((port) => {
    const args = ['--import', guard, '--input-type=module', '--eval', connecting(port)]
    return spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stderr
  })
  expect(said).toEqual(['', 'connects to 127.0.0.1:2\n'])
})

function small(more: Partial<FuzzPlan>): FuzzPlan {
  return { seed: 3, requests: 300, connections: 8, ...more }
}

const ID = '01234567-89ab-cdef-0123-456789abcdef'
const own = (status: number, body: string, more = '') =>
  `HTTP/1.1 ${status} X\r\nx-request-id: ${ID}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`
const failing = (code: string, id = ID) =>
  `{"error":{"code":"${code}","message":"a sentence about it","requestId":"${id}"}}\n`
const passed = (serial: number, body: string, more = '') => own(200, body, `${SERIAL}: ${serial}\r\n${more}`)
const healthy = own(200, '{"ok":true}')
const ASKED =
  'GET /API.nasa.gov HTTP/1.1\r\n\r\nGET /api.nasa.gov/a HTTP/1.1\r\n\r\nGET /api.nasa.gov/b HTTP/1.1\r\n\r\n'

const seenAs = (serial: number, url: string): Seen => {
  const headers = { host: 'api.nasa.gov' }
  return {
    serial,
    method: 'GET',
    url: `${url}?api_key=${NASA_KEY}`,
    headers,
    servername: 'api.nasa.gov',
    hasBody: false,
  }
}
const UPSTREAM = [seenAs(1, '/a'), seenAs(2, '/b'), seenAs(3, '/c'), seenAs(4, '/')]

function complaintAbout(bytes: string, more: Partial<Conversation> = {}): string | undefined {
  const conversation: Conversation = {
    ...{ number: 0, sent: ASKED, requests: 2, sound: [], allSound: false, splits: [], ending: 'wait', servername: '' },
    ...more,
  }
  const left = new Map(UPSTREAM.map((seen) => [seen.serial, seen]))
  const take = (serial: number) => {
    const seen = left.get(serial)
    left.delete(serial)
    return seen
  }
  return checkAnswers(conversation, { bytes, lost: false }, take).complaint
}

test.each([
  '',
  healthy + own(400, failing('BAD_PATH'), 'connection: close\r\n'),
  passed(1, '<picture for 1>') + passed(2, '{"serial":2}', 'content-type: application/json\r\n'),
  passed(4, '<picture for 4>') + passed(1, '<picture for 1>'),
  `${healthy}HTTP/1.1 200 OK\r\n${SERIAL}: 1\r\ntransfer-encoding: chunked\r\n\r\nf\r\n<picture for 1>\r\n0\r\n\r\n`,
  passed(1, '<picture for 1>').slice(0, -5),
])('sound answers draw no complaint: %#', (bytes) => {
  expect(complaintAbout(bytes)).toBeUndefined()
})

test.each([
  ['no status line', 'HTTP/1.1 OK\r\n\r\n', 'no status line'],
  ['no answer', 'hello', 'no answer'],
  ['a broken header', `HTTP/1.1 200 OK\r\na b: c\r\n\r\n`, 'header line'],
  ['two framings', own(200, '{"ok":true}', 'transfer-encoding: chunked\r\n'), 'framed twice'],
  ['no framing', 'HTTP/1.1 200 OK\r\n\r\nx', 'a body without an end'],
  ['a wrong chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n', 'longer than its size'],
  ['more after the end', own(400, failing('BAD_PATH'), 'connection: close\r\n') + healthy, 'more after'],
  ['too many', healthy.repeat(9), '9 answers'],
  ['a needless 100', `HTTP/1.1 100 Continue\r\n\r\n${healthy}`, 'a 100 that nobody asked for'],
  ['no id', 'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"ok":true}', 'without an x-request-id'],
  ['another id', own(400, failing('BAD_PATH', 'x')), 'another requestId'],
  ['another status', own(400, failing('UNKNOWN_HOST')), 'no failure with a code'],
  ['no JSON', own(404, 'Not Found'), 'no failure with a code'],
  ['a stack trace', own(400, 'Error: x\n    at f (/a.js:1:1)\n'), 'a stack trace'],
  ['a 500', own(500, failing('PROXY_FAILED')), 'the proxy itself failed'],
  ['a 200 of its own', own(200, 'hello'), 'a 200 from nobody'],
  ['a mixed picture', passed(1, '<picture for 1><picture for 2>'), 'other bytes in the picture'],
  ['mixed JSON', passed(1, '{"serial":2}', 'content-type: application/json\r\n'), 'other JSON'],
  ['a cookie', passed(1, '<picture for 1>', 'set-cookie: a=b\r\n'), 'cookie'],
  ['the wrong order', passed(2, '<picture for 2>') + passed(1, '<picture for 1>'), 'not in this order'],
  ["another's answer", passed(3, '<picture for 3>'), 'not asked for here'],
  ['one answer twice', passed(1, '<picture for 1>').repeat(2), 'given before'],
])('%s draws a complaint', (_, bytes, what) => {
  expect(complaintAbout(bytes)).toContain(what)
})

test('a sound request that another answer comes to, or none, draws a complaint', () => {
  const sound = [{ method: 'GET', target: '/api.nasa.gov/a' }] as const
  expect(complaintAbout(own(400, failing('BAD_REQUEST')), { sound })).toContain("is 400 of the proxy's own")
  expect(complaintAbout(passed(1, '<picture for 1>'), { sound, allSound: true })).toBe('1 answers to 2 sound requests')
})

const SEEN = seenAs(1, '/a')

test.each([
  ['as it should be', {}, undefined],
  ['another Host', { headers: { host: 'evil.lab.test' } }, 'the Host evil.lab.test'],
  ['another SNI', { servername: 'apod.nasa.gov' }, 'the SNI apod.nasa.gov'],
  ['another method', { method: 'POST' }, 'the method POST'],
  ['a body', { hasBody: true }, 'a body'],
  ['a climbing path', { url: '/a/%252e%252e/b' }, 'the path'],
  ['no key', { url: '/a' }, 'the keys'],
  ['two keys', { url: `/a?API%5Fkey=x&api_key=${NASA_KEY}` }, 'the keys'],
  ['a cookie', { headers: { host: 'api.nasa.gov', cookie: 'a' } }, 'the header cookie'],
  ['a token', { headers: { host: 'api.nasa.gov', 'user-agent': CLIENT_TOKEN } }, "the client's secret"],
  ['what nobody sent', { url: `/z?api_key=${NASA_KEY}` }, 'nobody has sent'],
])('the upstream gets %s', (_, more, what) => {
  const complaint = complaintAboutSeen({ ...SEEN, ...more }, [ASKED])
  if (what === undefined) expect(complaint).toBeUndefined()
  else expect(complaint).toContain(what)
})

test.each([
  ['as it should be', '{"level":"info","msg":"request"}', undefined],
  ['with the key', `{"level":"info","msg":"request","path":"${NASA_KEY}"}`, 'the NASA key'],
  ['with a token', `{"level":"info","msg":"request","path":"${SIGNED_TOKEN}"}`, "the client's secret"],
  ['that a client has written', 'hello', 'not one of its own'],
  ['about an error', '{"level":"error","msg":"x"}', 'an error'],
  ['about what nobody foresaw', '{"level":"warn","msg":"x","code":"PROXY_FAILED"}', 'the proxy itself failed'],
])('a line of the log %s', (_, line, what) => {
  const complaint = complaintAboutLine(line, [`GET / HTTP/1.1\r\napproov-token: ${SIGNED_TOKEN}\r\n\r\n`])
  if (what === undefined) expect(complaint).toBeUndefined()
  else expect(complaint).toContain(what)
})
