import { beforeAll, expect, test } from '@jest/globals'
import { bothEnds } from '#lab/both-ends.ts'
import { eventsOf } from '#lab/events.ts'
import { notApplicable, type Run, resultOf } from '#lab/result.ts'
import type { Evidence } from '#mitm/evidence.ts'
import { realRun } from './reporters/runs.ts'

let run: Run
beforeAll(async () => {
  run = await realRun()
}, 60_000)

const nothing: Evidence = { connections: [], applicationBytes: 0, requests: [] }
const request = { method: 'GET', path: '/a', headers: { host: 'a.test' }, body: '' }
const accepted = { outcome: 'accepted', status: 200 } as const

test('both ends are told in the order in which it happened, causes before effects', () => {
  const events = eventsOf({
    report: { ...accepted, ms: 7 },
    began: 3,
    evidence: {
      ...nothing,
      requests: [{ at: 10, ...request }],
      connections: [{ at: 3, handshake: 'completed', applicationBytes: 5 }],
    },
  })
  expect(events.map(({ at, side, kind }) => [at, side, kind])).toEqual([
    [3, 'client', 'began'],
    [3, 'attacker', 'connection'],
    [10, 'attacker', 'request'],
    [10, 'client', 'ended'],
  ])
  expect(events[2]).toMatchObject({ index: 0, what: 'GET /a at a.test' })
})

test('each step of a story begins and ends, by the clock or else when the one before it ended', () => {
  const report = { ...accepted, ms: 5 }
  const steps = [
    { step: 'first', report, began: 2 },
    { step: 'second', report },
  ]
  const events = eventsOf({ report, evidence: nothing, steps })
  expect(events.map(({ at, what }) => [at, what])).toEqual([
    [2, 'first'],
    [7, 'accepted: status 200, no picture'],
    [7, 'second'],
    [12, 'accepted: status 200, no picture'],
  ])
})

test('in a real run all that the attacker saw lies within the client’s visit', () => {
  const played = run.results.filter(({ client, verdict }) => client !== 'stillborn' && verdict !== 'not-applicable')
  expect(played.length).toBeGreaterThan(20)
  for (const { attack, client, events, evidence } of played) {
    const began = events.find(({ kind }) => kind === 'began')?.at ?? Number.NaN
    const ended = events.findLast(({ kind }) => kind === 'ended')?.at ?? Number.NaN
    // Two clocks of whole ms, read at different moments.
    for (const { at, what } of events.filter(({ side }) => side === 'attacker')) {
      expect([attack, client, what, at >= began - 2 && at <= ended + 2]).toEqual([attack, client, what, true])
    }
    expect(events.filter(({ side }) => side === 'attacker')).toHaveLength(
      evidence.connections.length + evidence.requests.length,
    )
  }
})

test('as text, a play tells both ends, their clock, and the chain with what was pinned', () => {
  const result = resultOf(run, 'append-pinned-leaf', 'pinned-key')
  if (!result) throw new Error('it was not played')
  expect(bothEnds(result, run)).toMatch(
    /^the client said\n {2}refused \(pin\) [\s\S]*\nthe attacker saw\n {2}0 application bytes\nboth ends, in ms since the play was armed\n +\d+ {2}client {4}begins its visit\n[\s\S]*\nthe chain shown\n {2}api\.lab\.test · leaf · issued by /,
  )
  expect(bothEnds(result, run)).toMatch(/api\.lab\.test · .* · pinned by the client · not on the path from the leaf$/m)
  expect(bothEnds(result, { ...run, clients: [] })).not.toContain('pinned by the client')
})

test('as text, what was not played is that and why', () => {
  expect(bothEnds(notApplicable('a', 'c', 'it needs more'), run)).toBe('not played: it needs more')
})
