import { expect, test } from '@jest/globals'
import { closed, type UpstreamHandler, withProxy } from './world.ts'

const QUESTION = 'GET /apod.nasa.gov/a.jpg HTTP/1.1\r\nHost: a\r\n\r\n'
const CONNECT = 'CONNECT api.nasa.gov:443 HTTP/1.1\r\nHost: api.nasa.gov\r\n\r\n'

/** Status lines and bodies, in the order in which they came. */
const told = (answer: string) => answer.match(/HTTP\/1\.1 \d+|picture|"code":"\w+"/g)

/** An upstream that begins to answer, and ends when it is told to. */
function patient(begin: string) {
  const { promise: asked, resolve } = Promise.withResolvers<() => void>()
  const answer: UpstreamHandler = (_, response) => {
    if (begin !== '') response.writeHead(200, { 'content-length': 7 }).write(begin)
    resolve(() => void response.end('picture'.slice(begin.length)))
  }
  return { answer, asked }
}

test.each([
  ['garbage', 'garbage\r\n\r\n', ['HTTP/1.1 400', '"code":"BAD_REQUEST"']],
  ['CONNECT', CONNECT, ['HTTP/1.1 405', '"code":"METHOD_NOT_ALLOWED"']],
])('%s after a request is refused when that one has been answered, not instead', async (_, more, refusal) => {
  await using world = await withProxy()
  expect(told(await world.raw(QUESTION + more))).toEqual(['HTTP/1.1 200', 'picture', ...refusal])
})

test('garbage that goes on while an earlier request is answered is refused once', async () => {
  const upstream = patient('')
  await using world = await withProxy({ answer: upstream.answer })
  const socket = await world.socket()
  let heard = ''
  socket.on('data', (chunk: Buffer) => {
    heard += chunk
  })
  socket.on('error', () => {})
  socket.write(`${QUESTION}garbage\r\n\r\n`)
  const end = await upstream.asked
  socket.write('garbage\r\n\r\n')
  // A request after it, so that it has certainly been read.
  await world.get('/healthz')
  end()
  await closed(socket)
  expect(told(heard)).toEqual(['HTTP/1.1 200', 'picture', 'HTTP/1.1 400', '"code":"BAD_REQUEST"'])
})

test('CONNECT while a picture is under way is not answered within the picture', async () => {
  const upstream = patient('pic')
  await using world = await withProxy({ answer: upstream.answer })
  const answer = world.raw(QUESTION, 'pic', CONNECT)
  const end = await upstream.asked
  await world.get('/healthz')
  end()
  expect(told(await answer)).toEqual(['HTTP/1.1 200', 'picture', 'HTTP/1.1 405', '"code":"METHOD_NOT_ALLOWED"'])
})
