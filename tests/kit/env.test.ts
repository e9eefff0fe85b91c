import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { count, hostAndPort, logLevel, milliseconds, onOff, port, readSettings, text } from '#kit/env.ts'
import { LabError } from '#kit/error.ts'

const settings = {
  SHOP_PORT: v.optional(port, '8080'),
  SHOP_STRICT: v.optional(onOff, 'off'),
  SHOP_NAME: text,
  SHOP_SECRET: v.optional(v.pipe(v.string(), v.minLength(8, 'it is too short')), 'long enough'),
}

function complaints(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env, 'SHOP_', settings)
    return []
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    expect(error).toMatchObject({
      code: 'SETTINGS_INVALID',
      kind: 'usage',
      hint: expect.stringContaining('.env.example'),
    })
    return error.details
  }
}

test('defaults fill in, text becomes values, other variables are none of its business', () => {
  const env = { SHOP_NAME: 'x', SHOP_STRICT: 'on', HOME: '/', SHOPPING: 'yes' }
  expect(readSettings(env, 'SHOP_', settings)).toEqual({
    SHOP_PORT: 8080,
    SHOP_STRICT: true,
    SHOP_NAME: 'x',
    SHOP_SECRET: 'long enough',
  })
})

test('an empty variable counts as not set', () => {
  expect(readSettings({ SHOP_NAME: 'x', SHOP_PORT: '' }, 'SHOP_', settings).SHOP_PORT).toBe(8080)
})

test('all complaints come together, each naming its variable', () => {
  expect(complaints({ SHOP_PORT: 'http', SHOP_STRICT: 'yes', SHOP_PROT: '1' })).toEqual([
    'SHOP_PROT is not a setting: did you mean SHOP_PORT?',
    "SHOP_PORT is 'http': a port is a number from 0 to 65535",
    "SHOP_STRICT is 'yes': it is either 'on' or 'off'",
    'SHOP_NAME is missing',
  ])
})

test('the kind of a key is no secret', () => {
  const read = () => readSettings({ SHOP_KEY_TYPE: 'rsa' }, 'SHOP_', { SHOP_KEY_TYPE: v.picklist(['ec'], 'not ec') })
  expect(read).toThrow(expect.objectContaining({ details: ["SHOP_KEY_TYPE is 'rsa': not ec"] }))
})

test('a wrong secret is not repeated', () => {
  expect(complaints({ SHOP_NAME: 'x', SHOP_SECRET: 'hunter2' })).toEqual(['SHOP_SECRET is (hidden): it is too short'])
})

describe('building blocks', () => {
  test.each([
    [port, '0', 0],
    [port, '65535', 65535],
    [milliseconds, '1', 1],
    [count, '0', 0],
    [onOff, 'off', false],
    [text, ' a ', 'a'],
    [logLevel, 'silent', 'silent'],
    [hostAndPort, 'api.lab.test:443', { host: 'api.lab.test', port: 443 }],
    [hostAndPort, '[::1]:8080', { host: '::1', port: 8080 }],
  ] as const)('%# takes %j', (block, given, value) => {
    expect(v.parse(block, given)).toEqual(value)
  })

  test.each([
    [port, '65536'],
    [port, '-1'],
    [port, '80.5'],
    [port, '8e1'],
    [port, ' 80'],
    [milliseconds, '0'],
    [milliseconds, '86400001'],
    [count, 'many'],
    [onOff, 'ON'],
    [text, '  '],
    [logLevel, 'loud'],
    [hostAndPort, 'api.lab.test'],
    [hostAndPort, '::1:8080'],
    [hostAndPort, 'a:0'],
    [hostAndPort, 'a:65536'],
    [hostAndPort, 'https://a:1'],
  ] as const)('%# refuses %j', (block, given) => {
    expect(v.safeParse(block, given).success).toBe(false)
  })
})
