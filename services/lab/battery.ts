import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { CONTROL, standing, voidedByControl } from './control.ts'
import { expected } from './expected.ts'
import { judge } from './judge.ts'
import { type Result, type Run, withoutSecrets } from './result.ts'
import type { Stage } from './stage.ts'

export interface BatteryOptions {
  readonly attacks: readonly Entry<Attack>[]
  readonly clients: readonly Entry<Client>[]
  readonly road: Road
  /** Plays that run side by side. */
  readonly jobs: number
  readonly versions: Readonly<Record<string, string>>
  readonly now: () => Date
  readonly signal?: AbortSignal
  /** Told after each play. */
  readonly onResult?: (done: number, total: number) => void
}

/** Every attack against every client, both ends asked, each judged, each compared with what was expected. */
export async function battery(stage: Stage, options: BatteryOptions): Promise<Run> {
  const { attacks, clients, road } = options
  const startedAt = options.now()
  const pairs = attacks.flatMap((attack) => clients.map((client) => ({ attack, client })))
  let done = 0
  const played = await sideBySide(pairs, options.jobs, async ({ attack, client }) => {
    options.signal?.throwIfAborted()
    const result = await playOne(stage, { attack, client, road })
    done += 1
    options.onResult?.(done, pairs.length)
    return result
  })
  const results = played.map((result) => {
    const control = played.find(({ attack, client }) => attack === CONTROL && client === result.client)
    return control ? voidedByControl(result, control) : result
  })
  return {
    version: 1,
    stage: stage.name,
    road,
    startedAt: startedAt.toISOString(),
    ms: options.now().getTime() - startedAt.getTime(),
    versions: options.versions,
    attacks: attacks.map(({ id, title, family, holds, stoppedBy, references }) => ({
      id,
      title,
      family,
      holds,
      stoppedBy,
      references,
    })),
    clients: clients.map(({ id, title, deployment, checks }) => ({
      id,
      title,
      deployment,
      checks,
      standing: standing(results, id),
    })),
    results,
    surprises: results.filter(({ surprise }) => surprise).length,
  }
}

async function playOne(
  stage: Stage,
  play: { attack: Entry<Attack>; client: Entry<Client>; road: Road },
): Promise<Result> {
  const { attack, client } = play
  const { report, evidence } = await stage.play(play)
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
