import { LabError } from '#kit/error.ts'
import { standing } from './control.ts'
import type { AttackSummary, ClientSummary, Result, Run } from './result.ts'

/**
 * The run of which the given ones are the shards: every pair once, names and order as in the whole.
 * @throws LabError MERGE_IMPOSSIBLE when they are not parts of one run
 */
export function merge(runs: readonly Run[]): Run {
  const [first, ...rest] = runs
  if (!first) throw new LabError('MERGE_IMPOSSIBLE', 'there is nothing to merge', { hint: 'name the JSON files' })
  for (const run of rest) assertSameRun(first, run)
  const attacks = distinct(runs.flatMap((run) => run.attacks))
  const clients = distinct(runs.flatMap((run) => run.clients))
  const results = inOrder(
    attacks,
    clients,
    runs.flatMap((run) => run.results),
  )
  const begins = runs.map(({ startedAt }) => Date.parse(startedAt))
  const ends = runs.map(({ startedAt, ms }) => Date.parse(startedAt) + ms)
  const { seed, ...shared } = first
  return {
    ...shared,
    // Of several orders none is the whole's.
    ...(seed !== undefined && rest.every((run) => run.seed === seed) ? { seed } : {}),
    startedAt: new Date(Math.min(...begins)).toISOString(),
    ms: Math.max(...ends) - Math.min(...begins),
    attacks,
    clients: clients.map((client) => ({
      ...client,
      standing: standing(results, client.id),
      ...pinsOf(client.id, runs),
    })),
    results,
    surprises: results.filter(({ surprise }) => surprise).length,
  }
}

/** Each part has played with certificates of its own, so that a client has held what it held in any of them. */
function pinsOf(id: string, runs: readonly Run[]): Pick<ClientSummary, 'pins'> {
  const known = runs.flatMap(({ clients }) => clients.find((client) => client.id === id)?.pins ?? [])
  const told = runs.some(({ clients }) => clients.find((client) => client.id === id)?.pins !== undefined)
  return told ? { pins: [...new Map(known.map((pin) => [`${pin.by} ${pin.value}`, pin])).values()] } : {}
}

function assertSameRun(first: Run, run: Run): void {
  const differing = (['version', 'stage', 'road'] as const).filter((field) => run[field] !== first[field])
  const versions = Object.keys({ ...first.versions, ...run.versions }).filter(
    (name) => run.versions[name] !== first.versions[name],
  )
  if (differing.length + versions.length === 0) return
  throw new LabError('MERGE_IMPOSSIBLE', 'these are not parts of one run', {
    details: [
      ...differing.map((field) => `${field}: ${first[field]} and ${run[field]}`),
      ...versions.map((name) => `version of ${name}: ${first.versions[name]} and ${run.versions[name]}`),
    ],
    hint: 'merge only what ran with the same commit, stage and road',
  })
}

function distinct<T extends AttackSummary | ClientSummary>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()]
}

function inOrder(
  attacks: readonly AttackSummary[],
  clients: readonly ClientSummary[],
  results: readonly Result[],
): Result[] {
  const found = new Map<string, Result>()
  for (const result of results) {
    const pair = `${result.attack} × ${result.client}`
    if (found.has(pair)) {
      throw new LabError('MERGE_IMPOSSIBLE', `${pair} is in more than one of the files`, {
        hint: 'name each shard once',
      })
    }
    found.set(pair, result)
  }
  return attacks.flatMap(({ id }) => clients.flatMap((client) => found.get(`${id} × ${client.id}`) ?? []))
}
