import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createPolicy, parsePin, pinOf } from '#pin/index.ts'
import { mint, newKeys } from './mint.ts'

const HASH = createHash('sha256').update('a key').digest()
const BASE64 = HASH.toString('base64')
const OTHER = `sha256/${createHash('sha256').update('another').digest('base64')}`

describe('a pin', () => {
  test.each([
    ['as OkHttp prints it', `sha256/${BASE64}`],
    ['without padding', `sha256/${BASE64.replace('=', '')}`],
    ['in base64url', `sha256/${HASH.toString('base64url')}`],
  ])('is read %s', (_how, text) => {
    expect(parsePin(text)).toBe(`sha256/${BASE64}`)
  })

  test('is read though its base64 begins with a slash', () => {
    const text = `sha256/${Buffer.alloc(32, 0xff).toString('base64')}`
    expect(text).toMatch(/^sha256\/\//)
    expect(parsePin(text)).toBe(text)
  })

  test.each([
    ['a SHA-1 hash', `sha1/${createHash('sha1').update('a key').digest('base64')}`],
    ["curl's two slashes", `sha256//${BASE64}`],
    ["curl's two slashes before a slash", `sha256//${Buffer.alloc(32, 0xff).toString('base64')}`],
    ['no prefix', BASE64],
    ['another algorithm', `sha512/${BASE64}`],
    ['a broken algorithm', 'md5/DmxUShsZuNiqPQsX2Oi9uv2sCnw='],
    ['one character', 'sha256/a'],
    ['an upper-case prefix', `SHA256/${BASE64}`],
    ['three bytes, which OkHttp takes', 'sha256/AAAA'],
    ['31 bytes', `sha256/${HASH.subarray(1).toString('base64')}`],
    ['33 bytes', `sha256/${Buffer.concat([HASH, Buffer.from('x')]).toString('base64')}`],
    ['no hash', 'sha256/'],
    ['hex', `sha256/${HASH.toString('hex')}`],
    ['what is not base64', `sha256/${'*'.repeat(44)}`],
    ['a space before it', ` sha256/${BASE64}`],
    ['a line break after it', `sha256/${BASE64}\n`],
  ])('is refused with %s', (_why, text) => {
    expect(() => parsePin(text)).toThrow(expect.objectContaining({ code: 'PIN_INVALID' }))
  })

  test.each(['ec', 'rsa', 'ed25519'] as const)('of an %s key is the hash of its SubjectPublicKeyInfo', async (type) => {
    const keys = newKeys(type)
    const { x509 } = await mint({ subject: 'CN=any', keys })
    const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
    expect(pinOf(x509)).toBe(`sha256/${createHash('sha256').update(spki).digest('base64')}`)
  })

  test('stays the same for every certificate over the same key', async () => {
    const keys = newKeys()
    const [one, two] = await Promise.all([mint({ subject: 'CN=one', keys }), mint({ subject: 'CN=two', keys })])
    expect(pinOf(one.x509)).toBe(pinOf(two.x509))
  })
})

describe('a policy', () => {
  const pins = [`sha256/${BASE64}`, OTHER]
  test('is refused without a backup pin', () => {
    expect(() => createPolicy([{ host: 'api.test', pins: [OTHER] }])).toThrow(/api\.test has one pin and no backup/)
  })

  test('is refused when the backup is the same pin in another spelling', () => {
    const twice = [`sha256/${BASE64}`, `sha256/${BASE64.replace('=', '')}`]
    expect(() => createPolicy([{ host: 'api.test', pins: twice }])).toThrow(/no backup/)
  })

  test('may have one pin by explicit choice', () => {
    expect(createPolicy([{ host: 'api.test', pins: [OTHER] }], { allowSinglePin: true }).entries).toHaveLength(1)
  })

  test('gathers the pins of one host from several tuples', () => {
    const policy = createPolicy(pins.map((pin) => ({ host: 'api.test', pins: [pin] })))
    expect(policy.entries.map((entry) => entry.pins.map(({ pin }) => pin))).toEqual([pins])
  })

  test('is refused when it pins nothing', () => {
    expect(() => createPolicy([])).toThrow(/it names no host/)
    expect(() => createPolicy([{ host: 'api.test', pins: [] }])).toThrow(/api\.test.*has no pins/)
  })

  test('tells everything that is wrong with it at once', () => {
    // What a hand-written JSON file may hold.
    const wrong: unknown = [{ host: 'a*b', pins: ['sha1/x', 7] }, { hosts: 'api.test' }, null, { host: 'b.test', pins }]
    expect(() => createPolicy(wrong as never)).toThrow(
      expect.objectContaining({
        code: 'POLICY_INVALID',
        details: [
          expect.stringContaining('pins[0].host: PATTERN_INVALID'),
          expect.stringContaining('pins[0].pins[0]: PIN_INVALID'),
          expect.stringContaining('pins[0].pins[1]: PIN_INVALID'),
          expect.stringContaining('pins[1] is not'),
          expect.stringContaining('pins[2] is not'),
        ],
      }),
    )
  })
})
