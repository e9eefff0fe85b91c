import { expect, test } from '@jest/globals'
import { codeIn } from './failure-code.ts'
import { withProxy } from './world.ts'

test.each([
  '/',
  '/evil.lab.test/x',
  '/api.nasa.gov:443/x',
  '/api.nasa.gov./x',
  '/api.nasa.gov@evil.lab.test/',
  '/favicon.ico',
])('%s is an unknown host', async (path) => {
  await using world = await withProxy()
  expect(codeIn(await world.get(path))).toBe('UNKNOWN_HOST')
  expect(world.upstream.seen).toEqual([])
})

test.each([
  '//api.nasa.gov/x',
  '/api.nasa.gov//x',
  '/api.nasa.gov/a/../b',
  '/api.nasa.gov/..',
  '/api.nasa.gov/./a',
  '/api.nasa.gov/..;/a',
  '/api.nasa.gov/a/..;x=1',
  '/api.nasa.gov/%2e%2e/b',
  '/api.nasa.gov/a%2Fb',
  '/api.nasa.gov/a%5cb',
  '/api.nasa.gov/a\\b',
  '/api.nasa.gov/%252e%252e/b',
  '/api.nasa.gov/a%3Fb',
  '/api.nasa.gov/a%23b',
  '/api.nasa.gov/a%25253fb',
  '/api.nasa.gov/a%2525%2523020',
  '/api.nasa.gov/%25252fb',
  '/api.nasa.gov/%00',
  '/api.nasa.gov/a%0d%0ab',
  '/api.nasa.gov/%zz',
  '/api.nasa.gov/%ff',
  '/api.nasa.gov/%252525252541',
  '/api.nasa.gov/#a',
  '/api.nasa.gov/x?a=\\',
  'https://api.nasa.gov/planetary/apod',
  'api.nasa.gov/x',
  'http://[bad/',
  '*',
])('%s is a bad path', async (path) => {
  await using world = await withProxy()
  const answer = await world.raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(answer).toMatch(/"code":"BAD_(PATH|REQUEST)"/)
  expect(world.upstream.seen).toEqual([])
})
