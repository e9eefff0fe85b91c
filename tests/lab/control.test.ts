import { describe, expect, test } from '@jest/globals'
import type { Reason } from '#kit/check.ts'
import { standing, voidedByControl } from '#lab/control.ts'
import type { PlayedWord } from '#lab/judge.ts'
import { notApplicable, type PlayedResult } from '#lab/result.ts'

function result(attack: string, verdict: PlayedWord, reason?: Reason): PlayedResult {
  return {
    attack,
    client: 'c',
    verdict,
    ...(reason ? { reason } : {}),
    why: 'because',
    expected: { verdict },
    surprise: false,
    report: { outcome: 'broken', code: 'X', message: 'x', ms: 1 },
    evidence: { connections: [], applicationBytes: 0, requests: [] },
    chain: [],
    events: [],
  }
}

const control = result('none', 'reached')
const stranger = result('stranger-authority', 'blocked', 'chain')

describe('what a client is called', () => {
  test.each([
    [
      'pinned, when all three worlds come out right',
      [control, stranger, result('trusted-authority', 'blocked', 'pin')],
      'pinned',
    ],
    [
      'unpinned, when the trusted authority fools it',
      [control, stranger, result('trusted-authority', 'intercepted')],
      'unpinned',
    ],
    [
      'accepting anything, when a stranger fools it',
      [control, result('stranger-authority', 'intercepted'), result('trusted-authority', 'intercepted')],
      'accepts-anything',
    ],
    [
      'ill-pinned, when another check did the work',
      [control, stranger, result('trusted-authority', 'blocked', 'chain')],
      'ill-pinned',
    ],
    ['ill-pinned, when it noticed too late', [control, stranger, result('trusted-authority', 'leaked')], 'ill-pinned'],
    [
      'inconclusive, when its control failed',
      [result('none', 'inconclusive'), stranger, result('trusted-authority', 'blocked', 'pin')],
      'inconclusive',
    ],
    [
      'inconclusive, when it broke in a world',
      [control, stranger, result('trusted-authority', 'inconclusive')],
      'inconclusive',
    ],
    ['untried, when a world is missing', [control, stranger], 'untried'],
    [
      'untried, when a world was not for it',
      [control, stranger, notApplicable('trusted-authority', 'c', 'it needs more')],
      'untried',
    ],
  ] as const)('%s', (_, results, name) => {
    expect(standing(results, 'c')).toBe(name)
  })
})

test('a column whose control failed is inconclusive as a whole, and surprising', () => {
  const blocked = result('trusted-authority', 'blocked', 'pin')
  const voided = voidedByControl(blocked, result('none', 'inconclusive'))
  expect(voided).toMatchObject({ verdict: 'inconclusive', surprise: true })
  expect(voided).not.toHaveProperty('reason')
  expect(voidedByControl(blocked, control)).toBe(blocked)
  const unplayed = notApplicable('trusted-authority', 'c', 'it needs more')
  expect(voidedByControl(unplayed, result('none', 'inconclusive'))).toBe(unplayed)
})
