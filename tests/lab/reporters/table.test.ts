import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import table from '#lab/reporters/table.ts'
import { notApplicable, type Result, type Run } from '#lab/result.ts'

const FAMILIES = ['control', 'trust', 'names'] as const

/** A run of that size; what is not told apart here is the same everywhere. */
function runOf(attacks: readonly string[], clients: readonly string[], surprising: readonly string[] = []): Run {
  const results = attacks.flatMap((attack) =>
    clients.map((client) => resultOf(attack, client, surprising.includes(attack))),
  )
  return {
    version: 1,
    stage: 'embedded',
    road: 'takeover',
    startedAt: '2026-01-02T03:04:05.678Z',
    ms: 1,
    versions: {},
    attacks: attacks.map((id, index) => ({
      id,
      title: 'One.',
      family: FAMILIES[Math.floor((index * FAMILIES.length) / attacks.length)] ?? 'names',
      holds: 'nothing',
      stoppedBy: ['chain'],
      references: [],
    })),
    clients: clients.map((id) => ({
      id,
      title: 'One.',
      deployment: 'ca-signed',
      checks: ['chain'],
      standing: 'ill-pinned',
    })),
    results,
    surprises: results.filter(({ surprise }) => surprise).length,
  }
}

function resultOf(attack: string, client: string, surprise: boolean): Result {
  return {
    attack,
    client,
    verdict: surprise ? 'inconclusive' : 'blocked',
    ...(surprise ? {} : { reason: 'validity' }),
    why: 'so it was',
    expected: { verdict: 'blocked', reason: 'validity' },
    surprise,
    report: { outcome: 'refused', reason: 'validity', code: 'X', message: 'x', ms: 1 },
    evidence: { connections: [], applicationBytes: 0, requests: [] },
    chain: [],
    events: [],
  }
}

const numbered = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}-${index}`)
const linesOf = (text: string) => text.split('\n').map((line) => stripVTControlCharacters(line))
const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => [...line].length))

test.each([
  ['three clients', 8, numbered(3, 'client')],
  ['forty clients', 70, numbered(40, 'client')],
  ['long names', 30, numbered(5, 'accepts-whatever-certificate-is-shown-on-a-connection-that-is-used-again')],
  ['a long name without a hyphen', 8, ['x'.repeat(300)]],
])('%s fit 100 columns, and no cell is lost', (_title, attacks, clients) => {
  const run = runOf(numbered(attacks, 'an-attack-with-a-name-of-quite-some-length'), clients, [
    'an-attack-with-a-name-of-quite-some-length-3',
  ])
  for (const colour of [false, true]) {
    const lines = linesOf(table.render(run, { colour, width: 100 }))
    expect(widest(lines)).toBeLessThanOrEqual(100)
    const cells = lines.join('\n').match(/expected: blocked \(validity\)/g) ?? []
    expect(cells).toHaveLength(clients.length)
  }
})

test('no colour is used where none is wanted', () => {
  const text = table.render(runOf(numbered(30, 'a'), numbered(9, 'c'), ['a-1']), { colour: false, width: 100 })
  expect(text).toBe(stripVTControlCharacters(text))
})

test('a run of few attacks has a row for each, one of many has a row for each family and each surprise', () => {
  const few = linesOf(table.render(runOf(numbered(20, 'attack'), ['one']), { colour: false, width: 100 }))
  expect(few.filter((line) => /^ attack-\d/.test(line))).toHaveLength(20)
  const many = linesOf(
    table.render(runOf(numbered(60, 'attack'), ['one'], ['attack-25']), { colour: false, width: 100 }),
  )
  expect(many.filter((line) => /attack-\d/.test(line))).toEqual([
    expect.stringMatching(/^ {3}attack-25 +! \? inconclusive$/),
  ])
  expect(many).toContainEqual(expect.stringMatching(/^ control \(20\) +✓ 20$/))
  expect(many).toContainEqual(expect.stringMatching(/^ trust \(20\) +✓ 19 {2}\? 1 {2}! 1$/))
  expect(many).toContainEqual('  59 attacks without a surprise are summed up by family.')
})

test('a play that did not take place leaves its cell empty', () => {
  const run = runOf(['none', 'other'], ['one', 'two'])
  const lines = linesOf(table.render({ ...run, results: run.results.slice(0, 3) }, { colour: false, width: 100 }))
  expect(lines.find((line) => line.startsWith(' other'))).toMatch(/^ other +✓ blocked \(validity\)$/)
})

/** A run in which those attacks say nothing of those clients. */
function withUnplayed(run: Run, attacks: readonly string[], clients: readonly string[]): Run {
  const results = run.results.map((result) =>
    attacks.includes(result.attack) && clients.includes(result.client)
      ? notApplicable(result.attack, result.client, 'it needs more')
      : result,
  )
  return { ...run, results }
}

test('what is not applicable is marked, and an attack of which nothing else can be said has no row', () => {
  const run = withUnplayed(runOf(['a-0', 'a-1', 'a-2'], ['one', 'two']), ['a-1'], ['one', 'two'])
  const lines = linesOf(table.render(withUnplayed(run, ['a-2'], ['two']), { colour: false, width: 100 }))
  expect(lines).toContainEqual(expect.stringMatching(/^ a-2 +✓ blocked \(validity\) +– not-applicable$/))
  expect(lines.filter((line) => line.includes('a-1'))).toEqual([])
  expect(lines).toContain('  Applicable to none of these clients, so without a row: 1 of 3 attacks.')
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}– not-applicable {2}not played/))
})

test('what is not applicable is summed apart where attacks are summed up by family', () => {
  const run = withUnplayed(runOf(numbered(60, 'attack'), ['one']), ['attack-0', 'attack-1'], ['one'])
  const lines = linesOf(table.render(run, { colour: false, width: 100 }))
  expect(lines).toContainEqual(expect.stringMatching(/^ control \(20\) +✓ 18 {2}– 2$/))
})

test('the seed is told where there is one', () => {
  const run = runOf(['a'], ['one'])
  expect(table.render(run, { colour: false, width: 100 })).not.toContain('seed')
  expect(table.render({ ...run, seed: 5 }, { colour: false, width: 100 })).toContain('in the order of seed 5.')
})

test('a run without a single play is drawn too', () => {
  expect(table.render(runOf([], []), { colour: false, width: 100 })).toContain('attack')
})
