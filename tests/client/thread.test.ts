import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { Situation } from '#client/client.ts'
import { openInThread } from '#client/thread.ts'
import { start } from '../support/program.ts'

const ODD = new URL('./threads/odd.ts', import.meta.url).href

const open = (origin = 'https://api.test') => {
  const situation: Situation = {
    ...{ origin, deviceAuthorities: [], shipped: { certificate: '', pins: [] }, timeout: 60_000 },
  }
  return openInThread(ODD, situation)
}

test('visits side by side and one after the other share a thread', async () => {
  const [first, second] = await Promise.all([open(), open()])
  const { status } = await first.get('/', {})
  expect((await second.get('/', {})).status).toBe(status)
  await first.close()
  await second.close()
  const third = await open()
  expect(await third.get('/here', {})).toEqual({ status, contentType: 'text/plain', body: Buffer.from('/here') })
  await third.close()
})

test.each([
  ['/exit', 'the thread of the client has ended'],
  ['/throw', 'nobody listens'],
])('a thread that ends with %s tells at once all who wait, and the next visit has a new one', async (path, words) => {
  const [one, other] = await Promise.all([open(), open()])
  const { status } = await one.get('/', {})
  const waiting = expect(other.get('/hang', {})).rejects.toThrow(words)
  await expect(one.get(path, {})).rejects.toThrow(words)
  await waiting
  // Who was inside stays outside: its client is gone.
  await expect(other.get('/', {})).rejects.toThrow(words)
  const next = await open()
  const { status: another } = await next.get('/', {})
  expect(another).not.toBe(status)
  // That the old visits end changes nothing for the new one.
  await one.close()
  await other.close()
  expect((await next.get('/', {})).status).toBe(another)
  await next.close()
})

test('a client that cannot be opened, closed or looked at does not end the others’ thread', async () => {
  const sound = await open()
  const { status } = await sound.get('/', {})
  const [broken, stuck] = await Promise.all([open('https://cannot.test'), open('https://stuck.test')])
  await expect(broken.get('/', {})).rejects.toThrow('it cannot be opened')
  await expect(sound.get('/reject', {})).rejects.toThrow('undefined')
  await stuck.get('/', {})
  await stuck.close()
  await broken.close()
  expect((await sound.get('/', {})).status).toBe(status)
  await sound.close()
})

test('a thread that is kept for the next visit does not keep the process', async () => {
  const program = fileURLToPath(new URL('./threads/once.ts', import.meta.url))
  expect(await start(process.execPath, [program], {}).ended).toEqual({
    code: 0,
    stdout: '/warn, the visit is over',
    stderr: '',
  })
}, 20_000)
