import type { Reporter } from '../reporter.ts'
import type { Run } from '../result.ts'

export default {
  title: 'All that was seen on both sides, for programs.',
  render: (run) => [...pieces(run)].join(''),
  pieces,
} satisfies Reporter

/** What JSON.stringify(run, null, 2) would give, element by element. */
function* pieces(run: Run): Generator<string> {
  let before = '{'
  for (const [name, value] of Object.entries(run)) {
    if (value === undefined) continue
    yield `${before}\n  ${JSON.stringify(name)}: `
    yield* Array.isArray(value) && value.length > 0 ? elements(value) : [indented(value, 2)]
    before = ','
  }
  yield '\n}\n'
}

function* elements(values: readonly unknown[]): Generator<string> {
  let before = '['
  for (const value of values) {
    yield `${before}\n    ${indented(value, 4)}`
    before = ','
  }
  yield '\n  ]'
}

/** Within a JSON text a line break is never part of a string. */
function indented(value: unknown, by: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(by)}`)
}
