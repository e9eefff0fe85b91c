import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { describe as entryOf } from '#nasa/caption/entry.ts'
import { type Day, dayAtOrdinal, ordinalOf } from '#nasa/day.ts'
import { API, withNasa } from './world.ts'

const NON_ASCII = /[^ -~]/
const days = (from: string, count: number) =>
  Array.from({ length: count }, (_, index) => dayAtOrdinal(ordinalOf(from as Day) + index))
const firstDay = (media: 'image' | 'video') => days('2020-01-01', 366).find((day) => entryOf(day).mediaType === media)

describe('one day', () => {
  test('an image has exactly the fields that NASA gives it, in the order of their names', async () => {
    await using nasa = await withNasa()
    const { status, headers, json } = await nasa.apod('date=2017-01-01')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(Object.keys(json as object)).toEqual([
      'copyright',
      'date',
      'explanation',
      'hdurl',
      'media_type',
      'service_version',
      'title',
      'url',
    ])
    expect(json).toMatchObject({
      date: '2017-01-01',
      media_type: 'image',
      service_version: 'v1',
      url: expect.stringMatching(/^https:\/\/apod\.nasa\.gov\/apod\/image\/1701\/\w+_960\.jpg$/),
      hdurl: expect.stringMatching(/^https:\/\/apod\.nasa\.gov\/apod\/image\/1701\/[A-Za-z0-9]+\.jpg$/),
    })
  })

  test('without a date it is today in Maryland, where the pictures are published', async () => {
    // Five minutes before and five after midnight in summer, when Maryland is 4 hours behind UTC.
    for (const [now, date] of [
      ['2025-06-15T03:55:00Z', '2025-06-14'],
      ['2025-06-15T04:05:00Z', '2025-06-15'],
      ['2025-01-01T04:55:00Z', '2024-12-31'],
      ['2025-01-01T05:05:00Z', '2025-01-01'],
    ] as const) {
      await using nasa = await withNasa({ now: () => new Date(now) })
      expect((await nasa.apod('')).json).toMatchObject({ date })
    }
  })

  test('the same date gives the same answer from another server at another time', async () => {
    await using one = await withNasa()
    await using other = await withNasa({ now: () => new Date('2031-03-03T12:00:00Z') })
    expect((await one.apod('date=2019-07-20')).body).toEqual((await other.apod('date=2019-07-20')).body)
  })

  test('a video has an address to embed, no hdurl, and a thumbnail only with thumbs=true', async () => {
    await using nasa = await withNasa()
    const day = firstDay('video')
    const plain = await nasa.apod(`date=${day}`)
    expect(plain.json).toMatchObject({
      media_type: 'video',
      url: expect.stringMatching(/^https:\/\/www\.youtube\.com\/embed\/[\w-]{11}\?rel=0$/),
    })
    expect(plain.json).not.toHaveProperty('hdurl')
    expect(plain.json).not.toHaveProperty('thumbnail_url')
    expect((await nasa.apod(`date=${day}&thumbs=false`)).json).not.toHaveProperty('thumbnail_url')
    expect((await nasa.apod(`date=${day}&thumbs=True`)).json).toMatchObject({
      thumbnail_url: expect.stringMatching(/^https:\/\/apod\.nasa\.gov\/apod\/image\/\d{4}\/\w+_thumb\.jpg$/),
    })
  })

  test('thumbs=true changes nothing for an image', async () => {
    await using nasa = await withNasa()
    const day = firstDay('image')
    expect((await nasa.apod(`date=${day}&thumbs=true`)).body).toEqual((await nasa.apod(`date=${day}`)).body)
  })

  test('the caption of 2017-01-01 has letters beyond ASCII, and its length counts bytes', async () => {
    await using nasa = await withNasa()
    const { headers, body, json } = await nasa.apod('date=2017-01-01')
    expect((json as { title: string }).title).toMatch(NON_ASCII)
    expect((json as { explanation: string }).explanation).toMatch(NON_ASCII)
    expect(Number(headers['content-length'])).toBe(body.length)
    expect(body.length).toBeGreaterThan(body.toString('utf8').length)
  })

  test('hd is let through and ignored, concept_tags gets the sentence that NASA has for it', async () => {
    await using nasa = await withNasa()
    const plain = await nasa.apod('date=2017-01-01')
    expect((await nasa.apod('date=2017-01-01&hd=True')).body).toEqual(plain.body)
    expect((await nasa.apod('date=2017-01-01&concept_tags=True')).json).toEqual({
      concepts: 'concept_tags functionality turned off in current service',
      ...(plain.json as object),
    })
  })

  test('HEAD has the headers and no body', async () => {
    await using nasa = await withNasa()
    const whole = await nasa.apod('date=2017-01-01')
    const head = await nasa.apod('date=2017-01-01', { method: 'HEAD' })
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(head.headers['content-length']).toBe(whole.headers['content-length'])
  })

  test('any page may read the answer', async () => {
    await using nasa = await withNasa()
    expect((await nasa.apod('')).headers['access-control-allow-origin']).toBe('*')
  })
})

describe('several days', () => {
  test('a range holds both its ends, a leap day and every day between', async () => {
    await using nasa = await withNasa()
    const { json } = await nasa.apod('start_date=2024-02-27&end_date=2024-03-02')
    expect((json as { date: string }[]).map(({ date }) => date)).toEqual([
      '2024-02-27',
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
      '2024-03-02',
    ])
  })

  test('a range without an end goes up to today', async () => {
    await using nasa = await withNasa()
    const { json } = await nasa.apod('start_date=2025-06-13')
    expect((json as { date: string }[]).map(({ date }) => date)).toEqual(['2025-06-13', '2025-06-14', '2025-06-15'])
  })

  test('count gives that many different days, the same ones when asked again', async () => {
    await using nasa = await withNasa()
    const { json, body } = await nasa.apod('count=100')
    const dates = (json as { date: string }[]).map(({ date }) => date)
    expect(new Set(dates).size).toBe(100)
    expect(dates.every((date) => date >= '1995-06-16' && date <= '2025-06-15')).toBe(true)
    expect((await nasa.apod('count=100')).body).toEqual(body)
  })

  test('thumbs=true holds for each of them', async () => {
    await using nasa = await withNasa()
    const { json } = await nasa.apod('start_date=2020-01-01&end_date=2020-06-30&thumbs=true')
    const list = json as { media_type: string; thumbnail_url?: string }[]
    expect(list.some(({ media_type }) => media_type === 'video')).toBe(true)
    expect(
      list.every(({ media_type, thumbnail_url }) => (media_type === 'video') === (thumbnail_url !== undefined)),
    ).toBe(true)
  })
})

describe('compression', () => {
  test('a long answer is gzip where the client takes it, and the same text', async () => {
    await using nasa = await withNasa()
    const url = 'count=5'
    const plain = await nasa.apod(url)
    const packed = await nasa.apod(url, { headers: { 'accept-encoding': 'gzip, br' } })
    expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'gzip'])
    expect(gunzipSync(packed.body)).toEqual(plain.body)
    expect(packed.headers.vary).toBe('Accept-Encoding')
  })

  test('a client that refuses gzip gets plain text', async () => {
    await using nasa = await withNasa()
    const { headers } = await nasa.get(`${API}?api_key=OWN_KEY&count=5`, { headers: { 'accept-encoding': 'gzip;q=0' } })
    expect(headers['content-encoding']).toBeUndefined()
  })
})

describe('captions over ten years', () => {
  const all = days('2010-01-01', 3653).map(entryOf)

  test('are several sentences of prose with every blank filled in', () => {
    for (const { title, explanation } of all) {
      expect(`${title} ${explanation}`).not.toMatch(/[{}]|undefined|NaN| {2}/)
      expect(explanation.split(/[.?!](?: |$)/).length).toBeGreaterThan(5)
    }
  })

  test('are all but never the same twice', () => {
    expect(new Set(all.map(({ explanation }) => explanation)).size).toBeGreaterThan(3600)
  })

  test('have videos, copyrights and letters beyond ASCII on some days and not on others', () => {
    const share = (claim: (entry: (typeof all)[number]) => boolean) => all.filter(claim).length / all.length
    expect(share(({ mediaType }) => mediaType === 'video')).toBeCloseTo(0.05, 1)
    expect(share(({ copyright }) => copyright !== undefined)).toBeCloseTo(0.6, 1)
    const beyond = share(({ title, explanation }) => NON_ASCII.test(title + explanation))
    expect(beyond).toBeGreaterThan(0.2)
    expect(beyond).toBeLessThan(0.8)
  })

  test('have image addresses of ASCII letters, no two alike', () => {
    const addresses = all.flatMap(({ hdurl, thumbnailUrl }) => hdurl ?? thumbnailUrl ?? [])
    expect(
      addresses.filter(
        (address) => !/^https:\/\/apod\.nasa\.gov\/apod\/image\/\d{4}\/[A-Za-z0-9]+(_thumb)?\.jpg$/.test(address),
      ),
    ).toEqual([])
    expect(new Set(addresses).size).toBe(all.length)
  })
})
