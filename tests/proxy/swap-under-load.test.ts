import { expect, test } from '@jest/globals'
import { swapUnderLoad } from '../soak/swaps.ts'

/** `npm run soak -- --swaps` asks a hundred thousand times, and renews twenty times. */
const SOME = { requests: 3_000, renewals: 5, visitors: 8, seed: 20_170_101 }

test('of three thousand requests during five renewals none fails, and in the end the newest certificates are shown', async () => {
  const swapped = await swapUnderLoad(SOME)
  expect(swapped.wrong).toEqual([])
  expect(swapped).toMatchObject({ renewals: 5, newest: true })
  const { served, asked, handshakes, resumed } = swapped
  expect(served.kept + served.fresh + served['taken up']).toBe(asked)
  expect(asked).toBeGreaterThanOrEqual(SOME.requests)
  // All three kinds of connections were there.
  expect(served.kept).toBeGreaterThan(asked / 2)
  expect(handshakes).toBeGreaterThan(asked / 5)
  expect(resumed).toBeGreaterThan(asked / 100)
}, 300_000)

test('of a proxy that is killed meanwhile it is told that requests failed, and that not all renewals were shown', async () => {
  const swapped = await swapUnderLoad({
    ...SOME,
    onShown: (nth, _, proxy) => {
      if (nth === 1) proxy.process.kill('SIGKILL')
    },
  })
  expect(swapped.wrong).toContain('the proxy ended with SIGKILL')
  expect(swapped.wrong.length).toBeGreaterThan(1)
  expect(swapped).toMatchObject({ renewals: 1, newest: false })
}, 300_000)
