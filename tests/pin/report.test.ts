import { describe, expect, test } from '@jest/globals'
import { PinError } from '#pin/index.ts'
import { createMemo } from '#pin/memo.ts'
import { keyMismatch, nameOf, seenOf } from '#pin/report.ts'
import { honest, mint } from './mint.ts'

test('a mismatch prints what was seen against what was pinned, and what to type next', async () => {
  const { leaf, intermediate } = await honest('api.test', 'Lab')
  const error = keyMismatch({
    host: 'api.test',
    port: 8443,
    seen: [leaf.x509, intermediate.x509].map(seenOf),
    pinned: [
      { value: 'sha256/one=', label: 'current' },
      { value: 'sha256/two=', label: 'backup' },
    ],
  })
  expect(error.message.split('\n')).toEqual([
    'PIN_MISMATCH: no certificate from api.test matches its pins',
    `  seen    ${leaf.pin}  CN=api.test          (leaf, signed by CN=Lab Intermediate)`,
    `          ${intermediate.pin}  CN=Lab Intermediate  (intermediate, signed by CN=Lab Root)`,
    '  pinned  sha256/one=  (current)',
    '          sha256/two=  (backup)',
    'hint: if you renewed the key on purpose, ship the new pin first: npm run pin -- api.test:8443',
  ])
  expect(error).toMatchObject({ code: 'PIN_MISMATCH', host: 'api.test', seen: [{ role: 'leaf' }, {}] })
  expect(error).toBeInstanceOf(PinError)
})

test.each([
  ['CN=a\nO=b', 'CN=a, O=b'],
  ['CN=a\r\u001b[31m', 'CN=a\\u{d}\\u{1b}[31m'],
  ['CN=\u202etset.ipa', 'CN=\\u{202e}tset.ipa'],
  ['CN=a\u2028b', 'CN=a\\u{2028}b'],
  ['CN=Bücher 漢字', 'CN=Bücher 漢字'],
  ['', '(no name)'],
  [undefined, '(no name)'],
])('the name %j is printed as %s', (name, printed) => {
  expect(nameOf(name)).toBe(printed)
})

test('a name that is too long for a line is cut', () => {
  expect(nameOf(`CN=${'x'.repeat(500)}`)).toHaveLength(200)
})

test('a subject that would forge a line of the report stays on its own', async () => {
  const forged = await mint({ subject: 'CN=a\\0A  pinned  sha256/fake' })
  expect(seenOf(forged.x509, 0).subject).not.toMatch(/\n/)
})

describe('what was accepted', () => {
  const until = new Date(1000)

  test('is remembered until it expires, and the oldest host makes room', () => {
    const memo = createMemo(2)
    memo.add('a', ['leaf'], until)
    expect(memo.holds('a', ['leaf'], new Date(1000))).toBe(true)
    expect(memo.holds('a', ['leaf'], new Date(1001))).toBe(false)
    memo.add('b', ['leaf'], until)
    memo.add('b', ['other leaf'], until)
    expect(memo.holds('a', ['leaf'], new Date(0))).toBe(true)
    memo.add('c', ['leaf'], until)
    expect(['a', 'b', 'c'].map((host) => memo.holds(host, ['leaf'], new Date(0)))).toEqual([false, true, true])
  })

  test.each([[['leaf']], [['leaf', 'another issuer']], [['leaf', 'issuer', 'root']], [['issuer', 'leaf']], [[]]])(
    'is those certificates and no others: not %j',
    (prints) => {
      const memo = createMemo()
      memo.add('a', ['leaf', 'issuer'], until)
      expect(memo.holds('a', ['leaf', 'issuer'], until)).toBe(true)
      expect(memo.holds('a', prints, until)).toBe(false)
      expect(memo.holds('b', ['leaf', 'issuer'], until)).toBe(false)
    },
  )

  test('is eight chains of a host at most', () => {
    const memo = createMemo()
    const chains = Array.from({ length: 9 }, (_, index) => [`leaf ${index}`])
    for (const prints of chains) memo.add('a', prints, until)
    expect(chains.filter((prints) => !memo.holds('a', prints, until))).toEqual([['leaf 0']])
  })
})
