import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import type { Attack } from '#mitm/attack.ts'
import { inapplicable } from './applicable.ts'
import { chainReader } from './chain.ts'
import { CONTROL, standing, voidedByControl } from './control.ts'
import { expected } from './expected.ts'
import { shuffled } from './order.ts'
import { pinsHeld } from './pins-held.ts'
import { playedResult } from './played.ts'
import { notApplicable, type Result, type Run } from './result.ts'
import { inShard, type Shard } from './shard.ts'
import type { Played, Stage } from './stage.ts'
import { unstagedOn } from './unstaged.ts'

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
  /** Decides in which order plays begin; that of the results when absent. */
  readonly seed?: number
  /** Told after each play. What its control has to say of the result is not in it yet. */
  readonly onResult?: (done: number, total: number, result: Result) => void
}

interface Pair {
  readonly attack: Entry<Attack>
  readonly client: Entry<Client>
}

/** Every attack against every client, both ends asked, each judged, each compared with what was expected. */
export async function battery(stage: Stage, options: BatteryOptions): Promise<Run> {
  const { attacks, clients, road, signal, seed } = options
  const startedAt = options.now()
  const all = attacks.flatMap((attack) => clients.map((client) => ({ attack, client })))
  const reported = options.shard ? inShard(all, options.shard) : all
  const pairs = withControls(reported, all)
  const order = seed === undefined ? [...pairs.keys()] : shuffled(pairs.length, seed)
  const scene = { stage, road, attacks, readChain: chainReader() }
  let done = 0
  const played = await sideBySide(pairs, { width: options.jobs, order }, async (pair) => {
    if (signal?.aborted) return []
    const result = await playOne(pair, scene)
    // What was ended with the run has shown nothing.
    if (signal?.aborted && wasInterrupted(result)) return []
    done += 1
    options.onResult?.(done, pairs.length, result)
    return [result]
  })
  const results = settle(played.slice(0, reported.length).flat(), played.flat(), attacks)
  return {
    version: 1,
    stage: stage.name,
    road,
    startedAt: startedAt.toISOString(),
    ms: options.now().getTime() - startedAt.getTime(),
    versions: options.versions,
    ...(seed === undefined ? {} : { seed }),
    ...told({ attacks, clients, results }, stage),
  }
}

type Cast = Pick<BatteryOptions, 'attacks' | 'clients'>

/** What a run says of the results that there are. */
export function told(
  { attacks, clients, results }: Cast & { readonly results: readonly Result[] },
  { shipped }: Pick<Stage, 'shipped'>,
): Pick<Run, 'attacks' | 'clients' | 'results' | 'surprises'> {
  return {
    attacks: attacks.map(({ id, title, family, holds, stoppedBy, references }) => ({
      ...{ id, title, family, holds, stoppedBy, references },
    })),
    clients: clients.map(({ id, title, deployment, checks }) => ({
      ...{ id, title, deployment, checks, standing: standing(results, id) },
      ...(shipped && { pins: pinsHeld({ checks, deployment }, shipped) }),
    })),
    results,
    surprises: results.filter(({ surprise }) => surprise).length,
  }
}

/** The pairs, and after them their controls that are not among them. */
function withControls(pairs: readonly Pair[], all: readonly Pair[]): Pair[] {
  const wanted = new Set(pairs.flatMap((pair) => controlsOf(pair).map((control) => `${control} ${pair.client.id}`)))
  const missing = all.filter((pair) => wanted.has(`${pair.attack.id} ${pair.client.id}`) && !pairs.includes(pair))
  return [...pairs, ...missing]
}

function controlsOf({ attack }: Pick<Pair, 'attack'>): string[] {
  return attack.control === undefined ? [CONTROL] : [CONTROL, attack.control]
}

function settle(results: readonly Result[], played: readonly Result[], attacks: BatteryOptions['attacks']): Result[] {
  return results.map((result) => {
    const attack = attacks.find(({ id }) => id === result.attack)
    const controls = (attack ? controlsOf({ attack }) : []).flatMap((id) =>
      played.filter((one) => one.attack === id && one.client === result.client),
    )
    return controls.reduce(voidedByControl, result)
  })
}

interface Scene {
  readonly stage: Stage
  readonly road: Road
  readonly attacks: BatteryOptions['attacks']
  readonly readChain: ReturnType<typeof chainReader>
}

async function playOne({ attack, client }: Pair, { stage, road, attacks, readChain }: Scene): Promise<Result> {
  const control = attacks.find(({ id }) => id === attack.control)
  const why =
    inapplicable(attack, client, road) ?? stage.cannot?.(attack, control) ?? unstagedOn(stage.name, attack, control)
  if (why !== undefined) return notApplicable(attack.id, client.id, why)
  const played = await stage.play({ attack, client, road })
  if (saysUnable(played, attack)) return notApplicable(attack.id, client.id, UNABLE)
  const ids = { attack: attack.id, client: client.id }
  return playedResult({ ...ids, expected: expected(attack, client, { road }), played, readChain })
}

const UNABLE = 'the client says that it cannot do what it needs (UNSUPPORTED)'

/** What a program that is not ours says of itself counts as long as the attacker has nothing that says otherwise. */
function saysUnable({ report, evidence }: Played, { id }: Entry<Attack>): boolean {
  const says = report.outcome === 'broken' && report.code === 'CLIENT_UNSUPPORTED'
  return says && id !== CONTROL && evidence.applicationBytes === 0
}

function wasInterrupted({ report }: Result): boolean {
  return report?.outcome === 'broken' && report.code === 'CLIENT_INTERRUPTED'
}

interface Lanes {
  readonly width: number
  /** Which item begins when. */
  readonly order: readonly number[]
}

/** Results come in the order of the items, whichever begins or ends first. The first failure ends the rest. */
async function sideBySide<T, R>(
  items: readonly T[],
  { width, order }: Lanes,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const waiting = order.values()
  let failed = false
  const lane = async () => {
    for (const index of waiting) {
      if (failed) return
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
