import { expect, test } from '@jest/globals'
import { idle } from '../soak/idle.ts'

// `npm run soak -- --idle` has ten thousand with TLS, and says what each of them costs.
test('ten thousand connections that say nothing keep nobody from being served whole, and leave nothing', async () => {
  const { plain, tls, fewer, samples, counts } = await idle({ plain: 9_500, tls: 500 })
  if (fewer) process.stderr.write(`${plain + tls} connections instead of 10000: ${fewer}\n`)
  else expect(plain + tls).toBe(10_000)
  const { before, both, after } = samples
  expect(both.clients - before.clients).toBe(plain + tls)
  expect(both.handles).toBeGreaterThanOrEqual(plain + tls)
  expect(counts.wrong).toEqual([])
  // Twenty before, with all of them there, and after.
  expect(counts.served).toBeGreaterThanOrEqual(60)
  expect(after.clients).toBe(before.clients)
  expect(after.handles).toBeLessThanOrEqual(before.handles)
  expect(after.errors).toBe(0)
}, 180_000)
