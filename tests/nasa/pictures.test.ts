import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { describe as entryOf, type Kind } from '#nasa/caption/entry.ts'
import { type Day, dayAtOrdinal, FIRST_DAY, ordinalOf } from '#nasa/day.ts'
import { draw } from '#nasa/picture/draw.ts'
import { createLibrary } from '#nasa/picture/library.ts'
import { createShelf } from '#nasa/picture/shelf.ts'
import { withNasa } from './world.ts'

const KINDS: readonly Kind[] = ['nebula', 'galaxy', 'planet', 'cluster', 'aurora', 'comet', 'moon', 'eclipse']
const DAY = '2017-01-01' as Day
const entry = entryOf(DAY)
const TODAY = '2025-06-15' as Day
const year2020 = Array.from({ length: 366 }, (_, index) => dayAtOrdinal(ordinalOf('2020-01-01' as Day) + index))
const videoDay = entryOf(year2020.find((day) => entryOf(day).mediaType === 'video') ?? DAY)

/** The picture in 16 × 10 dots, red, green and blue. */
async function dots(jpeg: Buffer): Promise<number[]> {
  const ctx = createCanvas(16, 10).getContext('2d')
  ctx.drawImage(await loadImage(jpeg), 0, 0, 16, 10)
  return [...ctx.getImageData(0, 0, 16, 10).data].filter((_, index) => index % 4 !== 3)
}

const difference = (one: number[], other: number[]) =>
  one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length

describe('the addresses of an answer', () => {
  test('lead to JPEG images 960 and 2048 pixels wide', async () => {
    await using nasa = await withNasa()
    const { url, hdurl } = (await nasa.apod(`date=${DAY}`)).json as { url: string; hdurl: string }
    const [normal, hd] = await Promise.all([nasa.get(url), nasa.get(hdurl)])
    expect([normal.headers['content-type'], hd.headers['content-type']]).toEqual(['image/jpeg', 'image/jpeg'])
    const [small, large] = await Promise.all([loadImage(normal.body), loadImage(hd.body)])
    expect([small.width, small.height, large.width, large.height]).toEqual([960, 600, 2048, 1280])
    // The same scene: at 16 × 10 dots there is next to nothing between them.
    expect(difference(await dots(normal.body), await dots(hd.body))).toBeLessThan(4)
  })

  test('lead to a JPEG thumbnail on a video day', async () => {
    await using nasa = await withNasa()
    const { json } = await nasa.apod(`date=${videoDay.day}&thumbs=true`)
    const { status, headers, body } = await nasa.get((json as { thumbnail_url: string }).thumbnail_url)
    expect([status, headers['content-type']]).toEqual([200, 'image/jpeg'])
    expect((await loadImage(body)).width).toBe(480)
  })

  test('of other names, days and sizes are 404 with a page of HTML', async () => {
    await using nasa = await withNasa()
    const path = new URL(entry.url).pathname
    const tomorrow = new URL(entryOf('2025-06-16' as Day).url).pathname
    const wrong = [
      '/',
      '/apod/image/1701/',
      path.replace('_960', '_961'),
      path.replace('01_960', '02_960'),
      path.replace('/1701/', '/1702/'),
      path.replace('/1701/', '/1713/'),
      path.replace('.jpg', '.png'),
      path.replace('_960', '_thumb'),
      path.replace('_960', '%5F960'),
      `/apod/image/1701/${'A'.repeat(4000)}01_960.jpg`,
      new URL(videoDay.thumbnailUrl ?? '', 'https://apod.nasa.gov').pathname.replace('_thumb', '_960'),
      tomorrow,
    ]
    for (const path of wrong) {
      const { status, headers, body } = await nasa.get(`https://apod.nasa.gov${path}`)
      expect({ path, status, type: headers['content-type'] }).toEqual({
        path,
        status: 404,
        type: 'text/html; charset=utf-8',
      })
      expect(body.toString()).toContain('Not Found')
    }
  })

  test('work for the first day, a leap day and today', () => {
    const library = createLibrary()
    for (const day of [FIRST_DAY, '2024-02-29' as Day, TODAY]) {
      const { hdurl, thumbnailUrl } = entryOf(day)
      expect(library.find(new URL(hdurl ?? thumbnailUrl ?? '').pathname, TODAY)).toBeDefined()
    }
  })
})

describe('conditions and ranges', () => {
  test('a strong ETag and the day of publication come with the picture', async () => {
    await using nasa = await withNasa()
    const { headers, body } = await nasa.get(entry.url)
    expect(headers.etag).toBe(`"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`)
    expect(headers['last-modified']).toBe('Sun, 01 Jan 2017 05:00:00 GMT')
    expect([headers['accept-ranges'], headers['content-length']]).toEqual(['bytes', String(body.length)])
  })

  test('what the client already has is 304 without a body', async () => {
    await using nasa = await withNasa()
    const { headers } = await nasa.get(entry.url)
    for (const condition of [
      { 'if-none-match': headers.etag ?? '' },
      { 'if-none-match': `"other", W/${headers.etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': headers['last-modified'] ?? '' },
    ]) {
      const again = await nasa.get(entry.url, { headers: condition })
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag])
    }
  })

  test('what the client has of another day is sent anew', async () => {
    await using nasa = await withNasa()
    for (const condition of [
      { 'if-none-match': '"other"' },
      { 'if-modified-since': 'Sat, 31 Dec 2016 00:00:00 GMT' },
      // RFC 9110 section 13.1.3: where both are given, the date is not looked at.
      { 'if-none-match': '"other"', 'if-modified-since': 'Sun, 01 Jan 2040 00:00:00 GMT' },
    ]) {
      expect((await nasa.get(entry.url, { headers: condition })).status).toBe(200)
    }
  })

  test.each([
    ['bytes=0-99', 0, 99],
    ['bytes=100-100', 100, 100],
    ['bytes=500-', 500, -1],
    ['bytes=-500', -500, -1],
    ['bytes=10-999999999', 10, -1],
    ['bytes=-999999999', 0, -1],
  ])('%s is 206 with exactly those bytes', async (range, first, last) => {
    await using nasa = await withNasa()
    const { body: whole } = await nasa.get(entry.url)
    const from = first < 0 ? whole.length + first : first
    const to = last < 0 ? whole.length - 1 : last
    const part = await nasa.get(entry.url, { headers: { range } })
    expect([part.status, part.headers['content-range']]).toEqual([206, `bytes ${from}-${to}/${whole.length}`])
    expect(part.body.equals(whole.subarray(from, to + 1))).toBe(true)
  })

  test.each(['bytes=999999999-', 'bytes=-0'])('%s is 416 and tells the size', async (range) => {
    await using nasa = await withNasa()
    const { body: whole } = await nasa.get(entry.url)
    const { status, headers, body } = await nasa.get(entry.url, { headers: { range } })
    expect([status, headers['content-range'], body.length]).toEqual([416, `bytes */${whole.length}`, 0])
  })

  test.each(['bytes=5-2', 'bytes=0-1,5-6', 'bytes=-', 'lines=1-2', 'nonsense'])('%s is ignored', async (range) => {
    await using nasa = await withNasa()
    const { status, headers, body } = await nasa.get(entry.url, { headers: { range } })
    expect([status, headers['content-length']]).toEqual([200, String(body.length)])
  })

  test('a range is kept to only while the picture is the one that the client began with', async () => {
    await using nasa = await withNasa()
    const { headers } = await nasa.get(entry.url)
    const status = async (known: string) =>
      (await nasa.get(entry.url, { headers: { range: 'bytes=0-9', 'if-range': known } })).status
    expect(await status(headers.etag ?? '')).toBe(206)
    expect(await status(headers['last-modified'] ?? '')).toBe(206)
    expect(await status('"other"')).toBe(200)
    expect(await status(`W/${headers.etag}`)).toBe(200)
    expect(await status('Sat, 31 Dec 2016 00:00:00 GMT')).toBe(200)
  })

  test('HEAD has the headers of the whole and no body, whatever range it names', async () => {
    await using nasa = await withNasa()
    const whole = await nasa.get(entry.url)
    const head = await nasa.get(entry.url, { method: 'HEAD', headers: { range: 'bytes=0-9' } })
    expect([head.status, head.body.length]).toEqual([200, 0])
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
      expect(head.headers[name]).toBe(whole.headers[name])
    }
  })
})

describe('drawing', () => {
  test.each(KINDS)('a %s differs to the eye from day to day, and not from one drawing to the next', async (kind) => {
    const [first, again, ...others] = await Promise.all(
      [DAY, DAY, '2017-01-02' as Day, '2020-02-29' as Day].map((day) => draw(day, kind, 'normal')),
    )
    if (!first || !again) throw new Error('nothing was drawn')
    expect(again.equals(first)).toBe(true)
    const seen = await dots(first)
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(40)
    for (const other of others) expect(difference(seen, await dots(other))).toBeGreaterThan(1.5)
  })

  test('those who ask for the same picture at once share one drawing, and so do those who come later', async () => {
    const library = createLibrary()
    const path = new URL(entry.url).pathname
    const all = await Promise.all(Array.from({ length: 8 }, () => library.find(path, TODAY)))
    expect(new Set(all).size).toBe(1)
    await library.find(path, TODAY)
    expect(library.drawn).toBe(1)
  })

  test('goes on beside the requests of others', async () => {
    const library = createLibrary()
    let turns = 0
    const drawing = library.find(new URL(entry.hdurl ?? '').pathname, TODAY)
    const ticking = setInterval(() => turns++, 1)
    await drawing
    clearInterval(ticking)
    expect(library.drawn).toBe(1)
    // In the loop of those who ask it would be none.
    expect(turns).toBeGreaterThan(20)
  })
})

describe('the shelf', () => {
  const fill = (name: string, bytes: number) => async () => ({ name, bytes })
  const create = (most: number) => createShelf<{ name: string; bytes: number }>(most, ({ bytes }) => bytes)

  test('holds no more bytes than it may, and lets go of what was unused for longest', async () => {
    const shelf = create(100)
    for (const name of ['a', 'b', 'a', 'c']) await shelf.take(name, fill(name, 40))
    expect(shelf.bytes).toBe(80)
    expect(shelf.made).toBe(3)
    await shelf.take('a', fill('a', 40))
    expect(shelf.made).toBe(3)
    await shelf.take('b', fill('b', 40))
    expect(shelf.made).toBe(4)
  })

  test('makes one thing at a time', async () => {
    const shelf = create(1000)
    let busy = 0
    let most = 0
    const make = async () => {
      most = Math.max(most, ++busy)
      await new Promise((resolve) => setImmediate(resolve))
      busy--
      return { name: '', bytes: 1 }
    }
    await Promise.all(['a', 'b', 'c'].map((name) => shelf.take(name, make)))
    expect(most).toBe(1)
  })

  test('tries again after a failure, and what waits behind it is made', async () => {
    const shelf = create(100)
    const failing = shelf.take('a', () => Promise.reject(new Error('no memory')))
    const behind = shelf.take('b', fill('b', 1))
    await expect(failing).rejects.toThrow('no memory')
    await expect(behind).resolves.toEqual({ name: 'b', bytes: 1 })
    await expect(shelf.take('a', fill('a', 1))).resolves.toEqual({ name: 'a', bytes: 1 })
  })
})
