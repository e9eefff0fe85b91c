import { lacking, remedy } from '#client/external/needs.ts'
import { type Preparing, referenceClients } from '#client/external/reference-clients.ts'
import { createWorldFiles } from '#client/external/world.ts'
import type { Need } from '#client/reference.ts'
import type { ReferenceVariant } from '#client/references.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Env } from '#kit/env.ts'
import type { Attack } from '#mitm/attack.ts'
import type { BatteryOptions } from '../battery.ts'
import type { Run } from '../result.ts'
import { embeddedStage } from '../stages/embedded.ts'
import { type Conclusion, conclude } from './conclusion.ts'
import { worldsFirst } from './worlds-first.ts'

/** Without these a finding has not been earned: they tell whether it is pinned, and to what. */
export const TELLING: readonly string[] = [
  'stranger-authority',
  'trusted-authority',
  'self-signed-lookalike',
  'stolen-key',
  'rotated-same-key',
]

/** What was found about a reference client, beside what was expected. */
export interface Found {
  readonly variant: ReferenceVariant
  readonly conclusion: Conclusion
  readonly asExpected: boolean
  /** Ids of attacks of which nothing can be said, for its run broke. */
  readonly unproved: readonly string[]
}

export interface References {
  readonly run: Run
  readonly found: readonly Found[]
}

export type ReferenceOptions = Omit<BatteryOptions, 'clients'> & {
  readonly variants: readonly ReferenceVariant[]
  readonly env: Env
  /** ms for one run of a program */
  readonly timeout: number
  readonly leaveOut?: Preparing['leaveOut']
}

/**
 * Reference clients side by side, against the same attacks. What they need has to be there.
 * @throws LabError REFERENCE_UNPREPARED unless such a one may be left out
 */
export async function playReferences(asked: ReferenceOptions): Promise<References> {
  const { variants, env, timeout, leaveOut, ...options } = asked
  const { now, signal, attacks } = options
  await using files = await createWorldFiles()
  await using ready = await referenceClients(variants, {
    ...{ files, inherited: env },
    ...(signal && { signal }),
    ...(leaveOut && { leaveOut }),
  })
  const { clients } = ready
  await using stage = await embeddedStage({
    clients: new Map(clients.map((client) => [client.id, client])),
    ...{ now, timeout, forOutside: true },
  })
  const versions = { ...options.versions, ...ready.versions }
  const run = await worldsFirst(stage, { ...options, clients, versions })
  const played = variants.filter(({ id }) => clients.some((client) => client.id === id))
  return { run, found: played.map((variant) => findingOf(variant, run, attacks)) }
}

function findingOf(variant: ReferenceVariant, run: Run, attacks: readonly Entry<Attack>[]): Found {
  const conclusion = conclude(run, variant.id, attacks)
  const mine = run.results.filter(({ client }) => client === variant.id)
  const played = new Set(mine.filter(({ verdict }) => verdict !== 'not-applicable').map(({ attack }) => attack))
  const beaten = (variant.beatenBy ?? []).filter((attack) => played.has(attack))
  const isPinned = conclusion.finding.startsWith('pinned')
  return {
    variant,
    conclusion,
    asExpected: conclusion.finding === variant.finding && (!isPinned || sameWords(conclusion.beatenBy, beaten)),
    unproved: mine.filter(({ verdict }) => verdict === 'inconclusive').map(({ attack }) => attack),
  }
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word) => other.includes(word))
}

/** The variants that can be tried here, and of the others why not. */
export interface Sorted {
  readonly ready: readonly ReferenceVariant[]
  readonly skipped: readonly string[]
  readonly missing: readonly Need[]
}

export async function sortOut(
  variants: readonly ReferenceVariant[],
  { env, road }: { readonly env: Env; readonly road: BatteryOptions['road'] },
): Promise<Sorted> {
  const entries = [...new Map(variants.map(({ of }) => [of.id, of])).values()]
  const lacks = new Map(await Promise.all(entries.map(async (entry) => [entry.id, await lacking(entry, env)] as const)))
  const why = ({ of, road: only }: ReferenceVariant): string | undefined => {
    const needs = lacks.get(of.id) ?? []
    const names = needs.map(({ command, debian, probe }) => (probe ? debian : command))
    if (needs.length > 0) return `without ${names.join(', ')}: ${remedy(needs)}`
    return only !== undefined && only !== road ? `it takes the ${only} road only: --road ${only}` : undefined
  }
  return {
    ready: variants.filter((variant) => why(variant) === undefined),
    skipped: variants.flatMap((variant) => {
      const reason = why(variant)
      return reason === undefined ? [] : [`${variant.id}: ${reason}`]
    }),
    missing: [...lacks.values()].flat(),
  }
}
