import { describe, expect, test } from '@jest/globals'
import { createRateLimit, DAY, HOUR, type Window } from '#nasa/api/rate-limit.ts'
import { API, NOON, type Reply, withNasa } from './world.ts'

const DEMO = `${API}?api_key=DEMO_KEY&date=2017-01-01`

/** A clock that a test moves. */
function clock() {
  let ms = NOON.getTime()
  return {
    now: () => new Date(ms),
    forward: (by: number) => {
      ms += by
    },
  }
}

async function times(count: number, ask: () => Promise<Reply>): Promise<number[]> {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) statuses.push((await ask()).status)
  return statuses
}

describe('DEMO_KEY', () => {
  test('is let through 30 times an hour, and the headers count down', async () => {
    await using nasa = await withNasa()
    const first = await nasa.get(DEMO)
    expect([first.headers['x-ratelimit-limit'], first.headers['x-ratelimit-remaining']]).toEqual(['30', '29'])
    expect(await times(28, () => nasa.get(DEMO))).toEqual(Array(28).fill(200))
    const last = await nasa.get(DEMO)
    expect([last.status, last.headers['x-ratelimit-remaining']]).toEqual([200, '0'])
  })

  test('is then OVER_RATE_LIMIT, 429, in the words of the gateway', async () => {
    await using nasa = await withNasa()
    await times(30, () => nasa.get(DEMO))
    const { status, json, headers } = await nasa.get(DEMO)
    expect({ status, json }).toEqual({
      status: 429,
      json: {
        error: {
          code: 'OVER_RATE_LIMIT',
          message:
            'You have exceeded your rate limit. Try again later or contact us at https://api.nasa.gov:443/contact/ for assistance',
        },
      },
    })
    expect([headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]).toEqual(['30', '0'])
  })

  test('is let through again after an hour, but no more than 50 times a day', async () => {
    const time = clock()
    await using nasa = await withNasa({ now: time.now })
    await times(31, () => nasa.get(DEMO))
    time.forward(HOUR + 1)
    expect(await times(21, () => nasa.get(DEMO))).toEqual([...Array(20).fill(200), 429])
    time.forward(HOUR + 1)
    expect((await nasa.get(DEMO)).status).toBe(429)
    time.forward(DAY)
    expect((await nasa.get(DEMO)).status).toBe(200)
  })

  test('is counted for each address apart', async () => {
    await using nasa = await withNasa({ limits: { hourly: 9, demoHourly: 1, demoDaily: 9 } })
    nasa.agent.options.localAddress = '127.0.0.1'
    expect(await times(2, () => nasa.get(DEMO))).toEqual([200, 429])
    // On Linux all of 127.0.0.0/8 is this machine; elsewhere there is only the one address to come from.
    if (process.platform !== 'linux') return
    nasa.agent.options.localAddress = '127.0.0.2'
    nasa.agent.destroy()
    expect((await nasa.get(DEMO)).status).toBe(200)
  })
})

describe('a key of one’s own', () => {
  test('has 1000 an hour', async () => {
    await using nasa = await withNasa()
    const { headers } = await nasa.apod('')
    expect([headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]).toEqual(['1000', '999'])
  })

  test('is not touched by what DEMO_KEY used up', async () => {
    await using nasa = await withNasa({ limits: { hourly: 1, demoHourly: 1, demoDaily: 1 } })
    expect(await times(2, () => nasa.get(DEMO))).toEqual([200, 429])
    expect(await times(2, () => nasa.apod(''))).toEqual([200, 429])
  })
})

test('a refused question counts, a wrong key does not', async () => {
  await using nasa = await withNasa()
  await nasa.get(`${API}?api_key=WRONG`)
  await nasa.apod('date=nonsense')
  expect((await nasa.apod('')).headers['x-ratelimit-remaining']).toBe('998')
})

test('pictures cost nothing and need no key', async () => {
  await using nasa = await withNasa()
  const { json } = await nasa.apod('date=2017-01-01')
  const { status, headers } = await nasa.get((json as { url: string }).url)
  expect(status).toBe(200)
  expect(headers).not.toHaveProperty('x-ratelimit-limit')
})

describe('the counters', () => {
  const window = (limit: number, length = HOUR): [Window] => [{ limit, length }]

  test('roll: what was used half an hour ago comes back half an hour from now', () => {
    const limit = createRateLimit()
    const at = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000)
    expect([0, 30, 59].map((minutes) => limit.take('a', window(2), at(minutes)).allowed)).toEqual([true, true, false])
    expect([60, 61, 90].map((minutes) => limit.take('a', window(2), at(minutes)).allowed)).toEqual([true, false, true])
  })

  test('remember so many callers and forget the one unseen for longest', () => {
    const limit = createRateLimit(3)
    for (const caller of ['a', 'b', 'c', 'a', 'd']) limit.take(caller, window(2), NOON)
    expect(limit.callers).toBe(3)
    expect(limit.take('a', window(2), NOON).allowed).toBe(false)
    expect(limit.take('b', window(2), NOON).remaining).toBe(1)
  })

  test('survive a clock that was set back', () => {
    const limit = createRateLimit()
    limit.take('a', window(1), NOON)
    expect(limit.take('a', window(1), new Date(NOON.getTime() - DAY)).allowed).toBe(false)
    expect(limit.take('a', window(1), new Date(NOON.getTime() + HOUR)).allowed).toBe(true)
  })
})
