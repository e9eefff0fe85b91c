import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { Secret, shorten } from '#kit/secret.ts'

test.each([
  ['a template', (secret: Secret) => `${secret}`],
  ['JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['inspect', (secret: Secret) => inspect({ secret }, { depth: 9, showHidden: true })],
  ['joined text', (secret: Secret) => ['a', secret].join()],
  ['its entries', (secret: Secret) => JSON.stringify(Object.entries(secret))],
])('%s does not show a secret', (_title, show) => {
  expect(show(new Secret('hunter2'))).not.toContain('hunter2')
})

test('a secret is shown when asked for', () => {
  expect(new Secret('hunter2').reveal()).toBe('hunter2')
})

test('a long token is recognised by its ends, a short one barely', () => {
  expect(shorten('eyJhbGciOiJIUzI1NiJ9.e30.abcdq3Zk')).toBe('eyJhbGci…q3Zk')
  expect(shorten('hunter2')).toBe('hu…')
  expect(shorten('0123456789abcdef')).toBe('01…')
})
