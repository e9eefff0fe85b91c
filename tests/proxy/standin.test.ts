import { expect, test } from '@jest/globals'
import { silentLog } from '#kit/log.ts'
import { NASA_LIMITS, startNasa } from '#nasa/nasa.ts'
import { freshMaterial, NASA_KEY, standardConfig, withProxy } from './world.ts'

test('the picture of a day and its image come from the stand-in through the proxy', async () => {
  const material = await freshMaterial()
  await using nasa = await startNasa(
    { host: '127.0.0.1', port: 0, tls: material.nasa, apiKeys: [NASA_KEY], limits: NASA_LIMITS },
    { log: silentLog(), now: () => new Date() },
  )
  await using world = await withProxy({ config: { upstream: standardConfig(material, nasa.port).upstream } })
  const day = await world.json('/api.nasa.gov/planetary/apod?date=2017-01-01')
  expect(day).toMatchObject({ date: '2017-01-01', title: expect.any(String) })
  const origin = `https://localhost:${world.proxy.port}`
  expect(day.url.startsWith(`${origin}/apod.nasa.gov/`)).toBe(true)
  const image = await world.get(day.url.slice(origin.length))
  expect(image).toMatchObject({ status: 200, headers: { 'content-type': expect.stringMatching(/^image\//) } })
  const part = await world.get(day.url.slice(origin.length), { range: 'bytes=0-9' })
  expect(part).toMatchObject({ status: 206, body: image.body.subarray(0, 10) })
  const again = await world.get(day.url.slice(origin.length), { 'if-none-match': String(image.headers.etag) })
  expect(again.status).toBe(304)
})

test('with the real NASA as upstream the proxy starts and is healthy', async () => {
  await using world = await withProxy({ config: { upstream: { kind: 'real' } } })
  expect(await world.get('/healthz')).toMatchObject({ status: 200 })
})
