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

const EXPECTING = 'GET /api.nasa.gov/json HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'

/** JSON at once, and a picture when it is told to. */
function patientWithPictures() {
  const { promise: picture, resolve } = Promise.withResolvers<() => void>()
  const answer: UpstreamHandler = ({ url = '' }, response) => {
    if (url.startsWith('/json')) response.setHeader('content-type', 'application/json').end('{"a":1}')
    else resolve(() => void response.end('picture'))
  }
  return { answer, picture }
}

test('a body that was not waited to be asked for is not asked for within an answer', async () => {
  const upstream = patientWithPictures()
  await using world = await withProxy({ answer: upstream.answer })
  const answer = world.raw(`${QUESTION}${EXPECTING}body${CONNECT}`)
  const end = await upstream.picture
  // Requests beside it, so that an answer out of turn would certainly be there.
  for (const path of ['/api.nasa.gov/json', '/healthz']) await world.get(path)
  end()
  const all = (await answer).match(/HTTP\/1\.1 \d+|picture|\{"a":1\}/g)
  expect(all).toEqual(['HTTP/1.1 200', 'picture', 'HTTP/1.1 100', 'HTTP/1.1 200', '{"a":1}', 'HTTP/1.1 405'])
})

test('a client that leaves before its turn leaves nothing behind', async () => {
  const upstream = patientWithPictures()
  await using world = await withProxy({ answer: upstream.answer })
  const socket = await world.socket()
  socket.write(`${QUESTION}${EXPECTING}`)
  const end = await upstream.picture
  await world.get('/healthz')
  socket.destroy()
  await closed(socket)
  end()
  expect((await world.get('/healthz')).status).toBe(200)
  expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('a body that is waited to be asked for is asked for when its request’s turn has come', async () => {
  const upstream = patientWithPictures()
  await using world = await withProxy({ answer: upstream.answer })
  const answer = world.raw(QUESTION + EXPECTING, '100 Continue', `body${CONNECT}`)
  const end = await upstream.picture
  await world.get('/healthz')
  end()
  const all = (await answer).match(/HTTP\/1\.1 \d+|picture|\{"a":1\}/g)
  expect(all).toEqual(['HTTP/1.1 200', 'picture', 'HTTP/1.1 100', 'HTTP/1.1 200', '{"a":1}', 'HTTP/1.1 405'])
})
