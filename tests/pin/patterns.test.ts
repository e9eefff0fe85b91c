import { describe, expect, test } from '@jest/globals'
import { canonicalHost, createPolicy, matchesHost, type Pin, parsePattern, pinsFor } from '#pin/index.ts'

const matches = (pattern: string, host: string) => matchesHost(parsePattern(pattern), canonicalHost(host))

describe("a pattern is read as OkHttp's CertificatePinner reads it", () => {
  test.each([
    ['example.com', 'example.com'],
    ['example.com', 'EXAMPLE.com'],
    ['EXAMPLE.com', 'example.com'],
    ['example.com', 'example.com.'],
    ['example.com.', 'example.com'],
    ['*.example.com', 'a.example.com'],
    ['*.example.com', 'xn--bcher-kva.example.com'],
    ['**.example.com', 'example.com'],
    ['**.example.com', 'a.example.com'],
    ['**.example.com', 'a.b.c.example.com'],
    ['*.bücher.example', 'a.xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'bücher.example'],
    ['*.com', 'example.com'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[0:0::1]'],
  ])('%s matches %s', (pattern, host) => {
    expect(matches(pattern, host)).toBe(true)
  })

  test.each([
    ['example.com', 'a.example.com'],
    ['example.com', 'example.org'],
    ['example.com', 'example.com.evil.test'],
    ['*.example.com', 'example.com'],
    ['*.example.com', 'a.b.example.com'],
    ['*.example.com', 'aexample.com'],
    ['**.example.com', 'dexample.com'],
    ['**.example.com', 'example.com.evil.test'],
    ['**.example.com', 'com'],
    ['**.example.co.uk', 'co.uk'],
    ['**.example.co.uk', 'foo.anotherexample.co.uk'],
    ['*.a.example.com', 'b.example.com'],
    ['*.0.0.1.test', '127.0.0.1'],
  ])('%s does not match %s', (pattern, host) => {
    expect(matches(pattern, host)).toBe(false)
  })

  test.each([
    '*',
    '**',
    '*.',
    '**.',
    '***.example.com',
    '**.*.example.com',
    '*.*.example.com',
    'a*.example.com',
    '*a.example.com',
    'example.*',
    'a.*.example.com',
    '*example.com',
    '.example.com',
    '*..example.com',
    'exa mple.com',
    'https://example.com',
    'example.com:443',
    'example.com/path',
    'user@example.com',
    '',
    '*.127.0.0.1',
    '**.[::1]',
  ])("'%s' is refused, never matched against nothing", (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(expect.objectContaining({ code: 'PATTERN_INVALID' }))
  })
})

describe('a host has one spelling', () => {
  test.each([
    ['API.Test', 'api.test'],
    ['api.test.', 'api.test'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['a。b.test', 'a.b.test'],
    ['0x7f.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::FFFF:1.2.3.4', '::ffff:102:304'],
    ['a_b.test', 'a_b.test'],
  ])('%s is %s', (text, host) => {
    expect(canonicalHost(text)).toBe(host)
  })

  test.each([
    '',
    '.',
    '..',
    'api.test..',
    'a..b',
    'api.test/x',
    'api.test:443',
    'api.test#x',
    'api.test?x',
    'api\\test',
    'user@api.test',
    '%61pi.test',
    'api test',
    'api.test\0.evil.test',
    'api.test\r\nx',
    '[::1',
    'fe80::1%eth0',
    '256.256.256.256',
    `${'a'.repeat(64)}.test`,
    `${'a.'.repeat(130)}test`,
    '*.test',
  ])('%j is no host', (text) => {
    expect(() => canonicalHost(text)).toThrow(expect.objectContaining({ code: 'HOST_REFUSED' }))
  })
})

const PINS = ['A', 'B', 'C', 'D'].map((letter) => `sha256/${letter.repeat(42)}A=`) as [Pin, Pin, Pin, Pin]

describe('the pins of a host', () => {
  const policy = createPolicy(
    [
      { host: 'a.example.com', pins: [PINS[0], PINS[1]] },
      { host: '*.example.com', pins: [PINS[1], PINS[2]] },
      { host: '**.example.com', pins: [PINS[3], PINS[0]] },
      { host: 'A.example.com.', pins: [PINS[2]] },
    ],
    {},
  )
  test.each([
    ['a.example.com', [PINS[0], PINS[1], PINS[2], PINS[3]]],
    ['b.example.com', [PINS[1], PINS[2], PINS[3], PINS[0]]],
    ['example.com', [PINS[3], PINS[0]]],
    ['a.b.example.com', [PINS[3], PINS[0]]],
    ['example.org', []],
    ['example.com.evil.test', []],
  ])('%s is pinned to the union of all patterns that match', (host, pins) => {
    expect(pinsFor(policy, host).map(({ pin }) => pin)).toEqual(pins)
  })
})

/** Small numbers that look random and are the same in every run (Park and Miller's generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** The pattern rules again, label by label instead of by suffix: two ways to say it must agree. */
function matchesByLabels(pattern: string, host: string): boolean {
  const wanted = pattern.split('.')
  const labels = host.split('.')
  if (wanted[0] === '**') {
    const rest = wanted.slice(1)
    return labels.length >= rest.length && rest.every((label, at) => labels[labels.length - rest.length + at] === label)
  }
  return labels.length === wanted.length && wanted.every((label, at) => label === '*' || label === labels[at])
}

test('ten thousand hosts and patterns agree with the rules said label by label', () => {
  const pick = numbers(7)
  const name = () => Array.from({ length: 1 + pick(4) }, () => 'a b ab ba xa'.split(' ')[pick(5)]).join('.')
  const stars = ['', '*.', '**.']
  let matched = 0
  for (let count = 0; count < 10_000; count += 1) {
    const [pattern, host] = [`${stars[pick(3)]}${name()}`, name()]
    if (matches(pattern, host) !== matchesByLabels(pattern, host)) throw new Error(`${pattern} and ${host}`)
    if (matches(pattern, host)) matched += 1
  }
  expect(matched).toBeGreaterThan(300)
})

test('any text at all is a host with a stable spelling, or is refused', () => {
  const pick = numbers(11)
  const alphabet = [
    'a',
    'Z',
    '.',
    '。',
    '-',
    '0',
    'x',
    '1',
    ':',
    '[',
    ']',
    '%',
    'é',
    '*',
    '@',
    '/',
    '\u200b',
    '\0',
    ' ',
  ]
  for (let count = 0; count < 10_000; count += 1) {
    const text = Array.from({ length: pick(12) }, () => alphabet[pick(alphabet.length)]).join('')
    let host: string
    try {
      host = canonicalHost(text)
    } catch (error) {
      expect(error).toHaveProperty('code', 'HOST_REFUSED')
      continue
    }
    expect(host).toMatch(/^[a-z0-9._:-]+$/)
    expect(canonicalHost(host)).toBe(host)
  }
})
