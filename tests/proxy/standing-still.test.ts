import { expect, test } from '@jest/globals'
import { GOOD, head, LONG, outcomeOf, SHORT, withFaultyUpstream } from './faulty.ts'

/** Nothing of this process goes on for so long. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each([
  ['head', 'firstByteMs', ''],
  ['body', 'idleMs', head('picture', 'Content-Length: 4')],
] as const)('a %s that arrives while the process stands still is not late', async (_, limit, before) => {
  await using world = await withFaultyUpstream({ ...LONG, [limit]: SHORT })
  world.behave({
    answer: ({ socket }) => {
      socket.write(before)
      const arriveUnread = () => {
        socket.write(`${GOOD.answer}`.slice(before.length))
        standStill(2 * SHORT)
      }
      // Once that has been read; and in a phase of the loop which timers follow, before anything is read again.
      setTimeout(() => setImmediate(arriveUnread), SHORT / 2)
    },
  })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
})

test('a connection that is made while the process stands still is not late', async () => {
  await using world = await withFaultyUpstream({ ...LONG, connectMs: SHORT })
  world.behave({ ...GOOD, accepted: () => standStill(2 * SHORT) })
  expect(await outcomeOf(world.get('/apod.nasa.gov/x'))).toBe('good')
})
