import { describe, expect, test } from '@jest/globals'
import { API, withNasa } from './world.ts'

const USAGE =
  "Allowed request fields for apod method are 'concept_tags', 'date', 'hd', 'count', 'start_date', 'end_date', 'thumbs'"
const BETWEEN = 'Date must be between Jun 16, 1995 and Jun 15, 2025.'

describe('a question that NASA refuses is refused in its words', () => {
  test.each([
    ['date=2017-13-01', "time data '2017-13-01' does not match format '%Y-%m-%d'"],
    ['date=01/02/2017', "time data '01/02/2017' does not match format '%Y-%m-%d'"],
    ['date=yesterday', "time data 'yesterday' does not match format '%Y-%m-%d'"],
    ["date=it's", "time data \"it's\" does not match format '%Y-%m-%d'"],
    ['date=2017-02-29', 'day is out of range for month'],
    ['date=1900-02-29', 'day is out of range for month'],
    ['date=2017-04-31', 'day is out of range for month'],
    ['date=2017-01-01T00:00', 'unconverted data remains: T00:00'],
    ['date=1995-06-15', BETWEEN],
    ['date=0099-01-01', BETWEEN],
    ['date=0000-01-01', 'year 0 is out of range'],
    ['date=2025-06-16', BETWEEN],
    ['start_date=2017-01-05&end_date=2017-01-01', 'start_date cannot be after end_date'],
    ['start_date=1995-06-15', BETWEEN],
    ['start_date=2025-06-14&end_date=2025-06-16', BETWEEN],
    ['count=0', 'Count must be positive and cannot exceed 100'],
    ['count=101', 'Count must be positive and cannot exceed 100'],
    ['count=-1', 'Count must be positive and cannot exceed 100'],
    ['count=many', "invalid literal for int() with base 10: 'many'"],
    ['count=1.5', "invalid literal for int() with base 10: '1.5'"],
    ['date=2017-01-01&count=2', `Bad Request: invalid field combination passed. ${USAGE}`],
    ['date=2017-01-01&start_date=2017-01-01', `Bad Request: invalid field combination passed. ${USAGE}`],
    ['count=2&start_date=2017-01-01&end_date=2017-01-02', `Bad Request: invalid field combination passed. ${USAGE}`],
    ['end_date=2017-01-01', `Bad Request: invalid field combination passed. ${USAGE}`],
    ['day=2017-01-01', `Bad Request: incorrect field passed. ${USAGE}`],
    ['day=2017-01-01&date=nonsense', `Bad Request: incorrect field passed. ${USAGE}`],
  ])('%s', async (query, msg) => {
    await using nasa = await withNasa()
    const { status, json } = await nasa.apod(query)
    expect({ status, json }).toEqual({ status: 400, json: { code: 400, msg, service_version: 'v1' } })
  })
})

describe('a question at the very edge is answered', () => {
  test.each([
    ['date=1995-06-16', '1995-06-16'],
    ['date=2025-06-15', '2025-06-15'],
    ['date=2024-02-29', '2024-02-29'],
    ['date=2000-02-29', '2000-02-29'],
    ['date=2017-1-1', '2017-01-01'],
    ['date=', '2025-06-15'],
    ['date=2017-01-01&count=&start_date=', '2017-01-01'],
  ])('%s', async (query, date) => {
    await using nasa = await withNasa()
    expect((await nasa.apod(query)).json).toMatchObject({ date })
  })
})

describe('keys', () => {
  test('a missing key is API_KEY_MISSING, 403', async () => {
    await using nasa = await withNasa()
    const { status, json } = await nasa.get(API)
    expect({ status, json }).toEqual({
      status: 403,
      json: {
        error: { code: 'API_KEY_MISSING', message: 'No api_key was supplied. Get one at https://api.nasa.gov:443' },
      },
    })
  })

  test('a wrong key is API_KEY_INVALID, 403, without the headers of the rate limit', async () => {
    await using nasa = await withNasa()
    const { status, json, headers } = await nasa.get(`${API}?api_key=own_key`)
    expect({ status, json }).toEqual({
      status: 403,
      json: {
        error: {
          code: 'API_KEY_INVALID',
          message: 'An invalid api_key was supplied. Get one at https://api.nasa.gov:443',
        },
      },
    })
    expect(headers).not.toHaveProperty('x-ratelimit-limit')
  })

  test('a key may come as parameter, header or user name', async () => {
    await using nasa = await withNasa()
    const basic = `Basic ${Buffer.from('OWN_KEY:').toString('base64')}`
    const answers = await Promise.all([
      nasa.get(`${API}?api_key=OWN_KEY`),
      nasa.get(API, { headers: { 'x-api-key': 'OWN_KEY' } }),
      nasa.get(API, { headers: { authorization: basic } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('the key is asked for before the question is looked at', async () => {
    await using nasa = await withNasa()
    expect((await nasa.get(`${API}?date=nonsense`)).status).toBe(403)
  })
})

describe('other addresses', () => {
  test('another path of the API host is 404 in the words of the gateway', async () => {
    await using nasa = await withNasa()
    const { status, json } = await nasa.get('https://api.nasa.gov/planetary/sounds?api_key=OWN_KEY')
    expect({ status, json }).toEqual({
      status: 404,
      json: { error: { code: 'NOT_FOUND', message: 'The requested URL was not found on this server.' } },
    })
  })

  test('another method is 405 and says which ones there are', async () => {
    await using nasa = await withNasa()
    const { status, headers } = await nasa.apod('', { method: 'DELETE' })
    expect([status, headers.allow]).toEqual([405, 'HEAD, GET'])
  })

  test('the Host header decides between the hosts, whatever its port and case', async () => {
    await using nasa = await withNasa()
    const path = '/planetary/apod?api_key=OWN_KEY'
    const ask = { servername: 'apod.nasa.gov' }
    expect((await nasa.get(`https://api.nasa.gov${path}`, ask)).status).toBe(200)
    expect((await nasa.get(`https://api.nasa.gov:8443${path}`, ask)).status).toBe(200)
    expect((await nasa.get(`https://api.nasa.gov${path}`, { ...ask, headers: { host: 'API.NASA.GOV' } })).status).toBe(
      200,
    )
    expect((await nasa.get(`https://apod.nasa.gov${path}`, { servername: 'api.nasa.gov' })).status).toBe(404)
  })

  test('where the Host header names neither, the name in the handshake decides', async () => {
    await using nasa = await withNasa()
    const { status } = await nasa.get(`https://127.0.0.1${new URL(API).pathname}?api_key=OWN_KEY`, {
      servername: 'api.nasa.gov',
    })
    expect(status).toBe(200)
  })

  test('a host that it does not stand for is told so, with 421', async () => {
    await using nasa = await withNasa()
    // No name in the handshake: Node then has nothing to check the certificate's names against but the address.
    nasa.agent.options.checkServerIdentity = () => undefined
    const { status, json } = await nasa.get('https://elsewhere.test/', { servername: '' })
    expect({ status, json }).toEqual({
      status: 421,
      json: {
        code: 'STANDIN_HOST_UNKNOWN',
        message: "this stands for api.nasa.gov and apod.nasa.gov, not for 'elsewhere.test'",
      },
    })
  })

  test('/healthz answers under either name and costs nothing of the limit', async () => {
    await using nasa = await withNasa()
    for (const host of ['api.nasa.gov', 'apod.nasa.gov']) {
      const { status, json, headers } = await nasa.get(`https://${host}/healthz`)
      expect({ status, json }).toEqual({ status: 200, json: { ok: true } })
      expect(headers).not.toHaveProperty('x-ratelimit-limit')
    }
  })
})
