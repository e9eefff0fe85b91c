import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { type Connection, GOOD, head, LONG, meet, outcomeOf, SHORT, withFaultyUpstream } from './faulty.ts'
import { NASA_KEY } from './world.ts'

const BAD = '502 UPSTREAM_BAD_ANSWER'
const NONE = 'Content-Length: 0\r\n\r\n'

test.each([
  'HTTP/1.1 099 X',
  'HTTP/1.1 000 X',
  'HTTP/1.1 001 X',
  'HTTP/1.1 1000 X',
  'HTTP/1.1 20 X',
  'HTTP/1.1 -200 X',
  'HTTP/1.1 600 X',
  'HTTP/1.1 999 X',
  'HTTP/1.1 2OO X',
  'HTTP/1.1 200\0 X',
  'HTTP/3.7 200 X',
  'ICY 200 OK',
  '200 OK',
  ' HTTP/1.1 200 OK',
])('the status line %j is a bad answer', async (line) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { answer: `${line}\r\n${NONE}` })).toBe(BAD)
})

test.each([
  'Content-Length: 4\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 4',
  'Content-Length: 4\r\nContent-Length: 5',
  'Content-Length: 4, 5',
  'Content-Length: -4',
  'Content-Length: 0x4',
  'Content-Length: 99999999999999999999999',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: chunked, identity',
])('a head that says %j of its length is a bad answer, and no byte of its body is passed on', async (lines) => {
  await using world = await withFaultyUpstream(LONG)
  const answer = `${head('picture', lines)}4\r\nhalf\r\n0\r\n\r\n`
  expect(await meet(world, { answer })).toBe(BAD)
})

test.each(['a\0b', 'a\x01b', 'a\x1bb', 'a\x7fb', 'a\r\n b', 'a\rb'])(
  'a header of %j, which could not be written back, is a bad answer',
  async (value) => {
    await using world = await withFaultyUpstream(LONG)
    expect(await meet(world, { answer: head('JSON', `X-Odd: ${value}`, 'Content-Length: 2') })).toBe(BAD)
  },
)

test('a header of bytes beyond ASCII passes byte for byte', async () => {
  const all = Buffer.from(Array.from({ length: 128 }, (_, i) => 128 + i))
  await using world = await withFaultyUpstream(LONG)
  const lines = head('picture', `X-Odd: ${all.toString('latin1')}`, 'Content-Length: 4')
  world.behave({ answer: Buffer.from(`${lines}good`, 'latin1') })
  const answer = await world.get('/apod.nasa.gov/x')
  expect(answer).toMatchObject({ status: 200, text: 'good' })
  expect(Buffer.from(String(answer.headers['x-odd']), 'latin1')).toEqual(all)
})

test.each([
  ['picture', 'zz\r\n', 'broken'],
  ['picture', '-4\r\nhalf\r\n0\r\n\r\n', 'broken'],
  ['picture', '4\r\nhalf\r\nzz\r\n', 'broken'],
  ['picture', '4\r\nhalfmore\r\n0\r\n\r\n', 'broken'],
  ['picture', '4\r\nhalf\r\n0\r\nno header\r\n\r\n', 'broken'],
  ['picture', '4\r\nhalf\r\nfffffffffffffffff\r\n', 'broken'],
  ['JSON', '5\r\n{"a":\r\nzz\r\n', BAD],
] as const)('the chunks of a %s, %j, are no whole body', async (kind, chunks, outcome) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { answer: head(kind, 'Transfer-Encoding: chunked') + chunks })).toBe(outcome)
})

const POISON = `${head('picture', 'Content-Length: 6')}poison`

test.each(['at once', 'later'])('what comes %s beyond the length is nobody’s answer', async (when) => {
  await using world = await withFaultyUpstream(LONG)
  let connection: Connection | undefined
  world.behave({
    answer: (asked) => {
      connection = asked
      asked.socket.write(when === 'at once' ? GOOD.answer + POISON : String(GOOD.answer))
    },
  })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
  if (when === 'later') connection?.socket.write(POISON)
  await world.allClosed()
  world.behave(GOOD)
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
})

test.each(['204 No Content', '304 Not Modified'])('the body of a %s is nobody’s answer', async (status) => {
  await using world = await withFaultyUpstream(LONG)
  expect(await meet(world, { answer: `HTTP/1.1 ${status}\r\nContent-Length: ${POISON.length}\r\n\r\n${POISON}` })).toBe(
    '',
  )
})

test('a hundred interim answers before the real one are passed over', async () => {
  await using world = await withFaultyUpstream(LONG)
  const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(100)
  world.behave({ answer: interim + GOOD.answer })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
})

/** Writes the same again and again, as fast as it is taken, until the connection is gone. */
function endless(begin: string, more: string | Buffer, written: (bytes: number) => void = () => {}) {
  return ({ socket }: Connection) => {
    socket.write(begin)
    const goOn = () => {
      while (!socket.destroyed) {
        written(more.length)
        if (!socket.write(more)) return void socket.once('drain', goOn)
      }
    }
    goOn()
  }
}

const HINTS = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'a')

test.each([
  ['interim answers', HINTS, HINTS, '504 UPSTREAM_FIRST_BYTE_TIMED_OUT'],
  ['a reason', 'HTTP/1.1 200 ', MEBIBYTE, '504 UPSTREAM_FIRST_BYTE_TIMED_OUT'],
  ['a chunk’s extension', `${head('JSON', 'Transfer-Encoding: chunked')}1;`, MEBIBYTE, '504 UPSTREAM_IDLE_TIMED_OUT'],
])('%s without end is waited for no longer than is allowed', async (_, begin, more, outcome) => {
  await using world = await withFaultyUpstream({ ...LONG, firstByteMs: SHORT, idleMs: SHORT })
  const before = process.memoryUsage().rss
  expect(await meet(world, { answer: endless(begin, more) })).toBe(outcome)
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
})

test.each([
  ['headers', 'HTTP/1.1 200 OK\r\n', Buffer.from('X-More: more\r\n'.repeat(10_000)), BAD],
  ['a header', 'HTTP/1.1 200 OK\r\nX-More: ', MEBIBYTE, BAD],
  ['a header’s name', 'HTTP/1.1 200 OK\r\nX', MEBIBYTE, BAD],
  ['trailers', `${head('JSON', 'Transfer-Encoding: chunked')}0\r\nX: `, MEBIBYTE, BAD],
  ['JSON', head('JSON', 'Transfer-Encoding: identity'), MEBIBYTE, BAD],
  ['JSON', head('JSON', 'Connection: close'), MEBIBYTE, BAD],
])('%s without end is cut off early', async (_, begin, more, outcome) => {
  await using world = await withFaultyUpstream({ ...LONG, jsonBytes: 100_000 })
  let taken = 0
  const written = (bytes: number) => {
    taken += bytes
  }
  expect(await meet(world, { answer: endless(begin, more, written) })).toBe(outcome)
  // Mostly what the kernel keeps of a connection.
  expect(taken).toBeLessThan(32 * 1024 * 1024)
})

const PACKERS = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync }
const PACKED = Object.entries(PACKERS).map(([coding, pack]) => {
  return { coding, packed: pack(JSON.stringify({ title: 'day', text: Array.from({ length: 500 }, (_, i) => i * i) })) }
})

test.each(
  PACKED.flatMap(({ coding, packed }) => [
    { coding, how: 'cut short', body: packed.subarray(0, -10) },
    { coding, how: 'cut in half', body: packed.subarray(0, packed.length / 2) },
    { coding, how: 'broken', body: Buffer.concat([packed.subarray(0, 30), packed.subarray(60)]) },
  ]),
)('JSON whose $coding is $how is a bad answer, not a short one', async ({ coding, body }) => {
  await using world = await withFaultyUpstream(LONG)
  const lines = head('JSON', `Content-Encoding: ${coding}`, `Content-Length: ${body.length}`)
  world.behave({ answer: Buffer.concat([Buffer.from(lines), body]) })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe(BAD)
})

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const odd: [string, string][] = [
  ['empty', ''],
  ['no JSON', '{"a": nobody}'],
  ['ten thousand levels deep', deep(10_000)],
  ['a million levels deep', deep(1_000_000)],
  ['a lone surrogate', '{"a":"\\ud800"}'],
]

test.each(odd)('JSON that is %s passes as it is', async (_, body) => {
  await using world = await withFaultyUpstream(LONG)
  world.behave({ answer: `${head('JSON', `Content-Length: ${body.length}`)}${body}` })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe(body)
})

test.each(['\xff\xfe', '\xc3\x28', '\xed\xa0\x80'])(
  'JSON that is no UTF-8, %j, passes byte for byte, and our key in it does not',
  async (bytes) => {
    await using world = await withFaultyUpstream(LONG)
    const body = `{"a":"${bytes}","self":"?api_key=${NASA_KEY}"}`
    world.behave({ answer: Buffer.from(`${head('JSON', `Content-Length: ${body.length}`)}${body}`, 'latin1') })
    const answer = await world.get('/api.nasa.gov/x')
    expect(answer.body.toString('latin1')).toBe(`{"a":"${bytes}","self":"?api_key=[secret]"}`)
  },
)

test('an unasked 100 Continue is a bad answer, and said to be that', async () => {
  await using world = await withFaultyUpstream(LONG)
  world.behave({ answer: `HTTP/1.1 100 Continue\r\n\r\n${GOOD.answer}` })
  expect((await world.json('/apod.nasa.gov/x')).error.message).toBe(
    'apod.nasa.gov asks for a body that nobody has announced',
  )
})
