import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { CONTROL, standing, voidedByControl } from './control.ts'
import { expected } from './expected.ts'
import { judge } from './judge.ts'
import { type Result, type Run, withoutSecrets } from './result.ts'
import { inShard, type Shard } from './shard.ts'
import type { Stage } from './stage.ts'

export interface BatteryOptions {
  readonly attacks: readonly Entry<Attack>[]
  readonly clients: readonly Entry<Client>[]
  readonly road: Road
  /** Plays that run side by side. */
  readonly jobs: number
  readonly versions: Readonly<Record<string, string>>
  readonly now: () => Date
  /** Only this part of the pairs. Controls outside of it are played all the same, and reported by the shard they are in. */
  readonly shard?: Shard
  /** Once aborted, no further play begins, and the run holds what was found until then. */
  readonly signal?: AbortSignal
  /** Told after each play. */
  readonly onResult?: (done: number, total: number) => void
}

interface Pair {
  readonly attack: Entry<Attack>
  readonly client: Entry<Client>
}

/** Every attack against every client, both ends asked, each judged, each compared with what was expected. */
export async function battery(stage: Stage, options: BatteryOptions): Promise<Run> {
  const { attacks, clients, road, signal } = options
  const startedAt = options.now()
  const all = attacks.flatMap((attack) => clients.map((client) => ({ attack, client })))
  const reported = options.shard ? inShard(all, options.shard) : all
  const pairs = withControls(reported, all)
  let done = 0
  const played = await sideBySide(pairs, options.jobs, async (pair) => {
    if (signal?.aborted) return []
    const result = await playOne(stage, pair, road)
    done += 1
    options.onResult?.(done, pairs.length)
    return [result]
  })
  const results = settle(played.slice(0, reported.length).flat(), played.flat())
  return {
    version: 1,
    stage: stage.name,
    road,
    startedAt: startedAt.toISOString(),
    ms: options.now().getTime() - startedAt.getTime(),
    versions: options.versions,
    attacks: attacks.map(({ id, title, family, holds, stoppedBy, references }) => ({
      ...{ id, title, family, holds, stoppedBy, references },
    })),
    clients: clients.map(({ id, title, deployment, checks }) => ({
      ...{ id, title, deployment, checks, standing: standing(results, id) },
    })),
    results,
    surprises: results.filter(({ surprise }) => surprise).length,
  }
}

/** The pairs, and after them the controls of their clients that are not among them. */
function withControls(pairs: readonly Pair[], all: readonly Pair[]): Pair[] {
  const clients = new Set(pairs.map(({ client }) => client))
  const missing = all.filter((pair) => pair.attack.id === CONTROL && clients.has(pair.client) && !pairs.includes(pair))
  return [...pairs, ...missing]
}

function settle(results: readonly Result[], played: readonly Result[]): Result[] {
  return results.map((result) => {
    const control = played.find(({ attack, client }) => attack === CONTROL && client === result.client)
    return control ? voidedByControl(result, control) : result
  })
}

async function playOne(stage: Stage, { attack, client }: Pair, road: Road): Promise<Result> {
  const { report, evidence } = await stage.play({ attack, client, road })
  const verdict = judge(report, evidence)
  const expectation = expected(attack, client)
  return {
    attack: attack.id,
    client: client.id,
    ...verdict,
    expected: expectation,
    surprise: verdict.verdict !== expectation.verdict || verdict.reason !== expectation.reason,
    report,
    evidence: withoutSecrets(evidence),
  }
}

/** Results come in the order of the items, whichever ends first. The first failure ends the rest. */
async function sideBySide<T, R>(items: readonly T[], width: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let failed = false
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++
      try {
        results[index] = await act(items[index] as T)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
  return results
}
