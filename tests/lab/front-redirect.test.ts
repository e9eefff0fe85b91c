import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent } from 'node:https'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import got from 'got'
import { HOSTS } from '#kit/names.ts'
import type { Redirect } from '#lab/stages/front/redirect.ts'
import { toLoopback } from '../client/world.ts'
import { fronted, PROTOCOLS } from './fronted.ts'

const mirror = async (question: IncomingMessage, answer: ServerResponse) =>
  void answer.end(`${question.method} ${question.url} ${await text(question)}`.trim())

const redirecting = (to: Redirect['to'], status: Redirect['status'] = 307) =>
  fronted(mirror, { redirect: { status, to } })

const PLACES: [Redirect['to'], host: string, path: string, location: string][] = [
  ['same-host', 'api.lab.test:1234', '/a/b', 'https://api.lab.test:1234/a/b?moved=1'],
  ['same-host', 'api.lab.test:1234', '/a?b=c&d=%20e', 'https://api.lab.test:1234/a?b=c&d=%20e&moved=1'],
  ['same-host', 'API.lab.test.', '/', 'https://API.lab.test./?moved=1'],
  ['same-host', '[::1]:8443', '/a?moved=10', 'https://[::1]:8443/a?moved=10&moved=1'],
  ['clear', 'api.lab.test:1234', '/a?b', 'http://api.lab.test:1234/a?b&moved=1'],
  ['elsewhere', 'api.lab.test:1234', '/a?b=c', 'https://evil.lab.test:1234/a?b=c&moved=1'],
  ['elsewhere', '[::1]:8443', '/', 'https://evil.lab.test:8443/?moved=1'],
  ['elsewhere', '[::1]', '/', 'https://evil.lab.test/?moved=1'],
  ['elsewhere', 'api.lab.test', '//a', 'https://evil.lab.test//a?moved=1'],
  ['there-and-back', 'api.lab.test:1234', '/a?b=c', 'https://evil.lab.test:1234/a?b=c&moved=1'],
  ['there-and-back', 'evil.lab.test:1234', '/a?b=c&moved=1', 'https://api.lab.test:1234/a?b=c&moved=1'],
]

test.each(PLACES)('a redirect %s leads https://%s%s to %s', async (to, host, path, location) => {
  await using world = await redirecting(to)
  for (const protocol of PROTOCOLS) {
    const told = await world.ask(protocol, path, { headers: { host } })
    expect(told).toMatchObject({ status: 307, headers: { location, 'content-length': '0' } })
  }
  expect(world.upstream.connections).toBe(0)
})

test.each([301, 302, 307, 308] as const)('the status is the one in the set-up: %s', async (status) => {
  await using world = await redirecting('same-host', status)
  expect(await world.ask('HTTP/1.1', '/')).toMatchObject({ status })
})

test.each([
  ['/a?moved=1', '/a'],
  ['/a?b=c&moved=1', '/a?b=c'],
  ['/a?moved=1&b=%2F?', '/a?b=%2F?'],
])('who comes with %s has been led already: the upstream reads %s', async (path, seen) => {
  await using world = await redirecting('elsewhere')
  for (const protocol of PROTOCOLS) {
    expect((await world.ask(protocol, path)).body.toString()).toBe(`GET ${seen}`)
  }
})

test('what is asked without a path is not led anywhere', async () => {
  await using world = await redirecting('elsewhere')
  expect((await world.ask('HTTP/1.1', '*', { method: 'OPTIONS' })).body.toString()).toBe('OPTIONS *')
})

test('the body of a question that is led elsewhere is taken, and the connection serves the next one', async () => {
  await using world = await redirecting('same-host')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = async () => {
    const asked = world.h1('/', { method: 'POST', agent })
    asked.end(Buffer.alloc(1_000_000))
    const [told] = (await once(asked, 'response')) as [IncomingMessage]
    await once(told.resume(), 'close')
    return { status: told.statusCode, reused: asked.reusedSocket }
  }
  expect([await post(), await post()]).toEqual([
    { status: 307, reused: false },
    { status: 307, reused: true },
  ])
  agent.destroy()
})

test('got follows to the same host with method and body, and arrives', async () => {
  await using world = await redirecting('same-host')
  const agent = new Agent({ lookup: toLoopback, ca: world.material.root.chain })
  const asked = `https://${HOSTS.api}:${world.front.port}/a?b=c`
  const answer = await got.post(asked, { body: 'kept', agent: { https: agent } })
  expect(answer.body).toBe('POST /a?b=c kept')
  expect(answer.redirectUrls.map(String)).toEqual([`${asked}&moved=1`])
})
