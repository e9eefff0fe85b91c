import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { listen } from '#kit/listen.ts'

test('port 0 is a free port on loopback', async () => {
  await using listening = await listen(createServer(), { what: 'the proxy' })
  expect(listening.host).toBe('127.0.0.1')
  expect(listening.port).toBeGreaterThan(0)
})

test('a busy port is named, with how to choose another', async () => {
  await using first = await listen(createServer(), { what: 'the proxy' })
  const second = listen(createServer(), { what: 'the attacker', port: first.port, hint: 'set ATTACKER_PORT' })
  await expect(second).rejects.toMatchObject({
    code: 'PORT_BUSY',
    kind: 'usage',
    message: `the attacker cannot listen on 127.0.0.1:${first.port}: it is in use`,
    hint: 'set ATTACKER_PORT',
  })
})

test.each(['192.0.2.1', 'nowhere.invalid'])('%s is not an address of this machine', async (host) => {
  await expect(listen(createServer(), { what: 'the proxy', host })).rejects.toMatchObject({
    code: expect.stringMatching(/^(ADDRESS_UNAVAILABLE|CANNOT_LISTEN)$/),
    message: expect.stringContaining(host),
  })
})

test('close ends the connections that are open, and may be called twice', async () => {
  const listening = await listen(createServer(), { what: 'the proxy' })
  const socket = connect(listening.port, '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await Promise.all([listening.close(), listening.close()])
  await closed
})

test('close with grace lets an open answer finish, and takes no new one', async () => {
  let finish = () => {}
  const server = createHttpServer((_request, response) => {
    response.write('half ')
    finish = () => response.end('whole')
  })
  const listening = await listen(server, { what: 'the proxy' })
  const response = await fetch(`http://127.0.0.1:${listening.port}`)
  const closed = listening.close(5000)
  await expect(fetch(`http://127.0.0.1:${listening.port}`)).rejects.toThrow('fetch failed')
  finish()
  expect(await response.text()).toBe('half whole')
  await closed
})

test('close does not wait longer than its grace', async () => {
  const server = createHttpServer((_request, response) => void response.write('half'))
  const listening = await listen(server, { what: 'the proxy' })
  const response = await fetch(`http://127.0.0.1:${listening.port}`)
  await listening.close(50)
  await expect(response.text()).rejects.toThrow('terminated')
})
