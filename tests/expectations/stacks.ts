import type { Expectations } from './table.ts'

/** Beside got, whose rows have no prefix. A stack changes how one asks and not whom one believes: what it trusts decides. */
const STACKS = ['https', 'fetch', 'http2'] as const

/** The tables, each row with the same two clients on Node's other stacks, where it doesn't say otherwise. */
export function withOtherStacks(table: Expectations): Expectations {
  return Object.fromEntries(Object.entries(table).map(([attack, row]) => [attack, { ...likeGot(row), ...row }]))
}

function likeGot(row: Readonly<Record<string, string>>): Record<string, string> {
  const same = STACKS.flatMap((stack) =>
    ['unpinned', 'pinned-key'].map((client) => [`${stack}-${client}`, row[client]] as const),
  )
  return Object.fromEntries(same.flatMap(([client, verdict]) => (verdict === undefined ? [] : [[client, verdict]])))
}
