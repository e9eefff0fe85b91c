import { expect, test } from '@jest/globals'
import { codeOf, exitCodeOf, explain, LabError } from '#kit/error.ts'

test('an error is one line with its code, then details, then the hint', () => {
  const error = new LabError('PORT_BUSY', 'the proxy cannot listen', {
    details: ['one', 'two'],
    hint: 'set PROXY_PORT',
  })
  expect(explain(error)).toBe('PORT_BUSY: the proxy cannot listen\n  one\n  two\n  hint: set PROXY_PORT')
})

test('an error without hint and details is that one line', () => {
  expect(explain(new LabError('PORT_BUSY', 'it is in use'))).toBe('PORT_BUSY: it is in use')
})

test('a stranger is shown with its stack, a thrown word as it is', () => {
  expect(explain(new TypeError('odd'))).toMatch(/^TypeError: odd\n {4}at /)
  expect(explain('odd')).toBe('odd')
})

test('the cause is kept', () => {
  const cause = new Error('deeper')
  expect(new LabError('X_Y', 'x', { cause }).cause).toBe(cause)
  expect('cause' in new LabError('X_Y', 'x')).toBe(false)
})

test.each([
  [new LabError('X_Y', 'x'), 2],
  [new LabError('X_Y', 'x', { kind: 'failure' }), 1],
  [new Error('x'), 1],
  [new LabError('TARGET_EXPIRED', 'x', { kind: 'inconclusive' }), 4],
  ['x', 1],
])('%s ends the process with %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})

test.each([
  [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
  [{ code: 7 }, undefined],
  [null, undefined],
  ['ENOENT', undefined],
])('the code of %j is %j', (thrown, code) => {
  expect(codeOf(thrown)).toBe(code)
})
