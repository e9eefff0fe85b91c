import { describe } from '@jest/globals'
import { remedy } from '#client/external/needs.ts'
import { loadReferences, type ReferenceVariant, variantsCalled } from '#client/references.ts'
import type { Road } from '#kit/check.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import type { Result } from '#lab/result.ts'
import { type Found, playReferences, type Sorted, sortOut, TELLING } from '#lab/try/references.ts'

/** The reference clients of these ids or globs that this machine can run, and why it cannot run the others. */
export async function referencesHere(...patterns: readonly string[]): Promise<Record<Road, Sorted>> {
  const variants = variantsCalled(await loadReferences(), patterns)
  const on = (road: Road) => sortOut(variants, { env: process.env, road })
  const [takeover, proxy] = await Promise.all([on('takeover'), on('proxy')])
  return { takeover, proxy }
}

/**
 * `describe`, where nothing is missing. Elsewhere the reasons are printed and, where nothing can run, the tests skipped;
 * with REQUIRE_REFERENCE=1, as in CI, that is a failure.
 */
export function describeWithReferences(name: string, { ready, missing, skipped }: Sorted, tests: () => void): void {
  if (missing.length > 0 && process.env.REQUIRE_REFERENCE === '1') {
    throw new Error(`REQUIRE_REFERENCE is set, but programs are missing: ${remedy(missing)}`)
  }
  for (const line of skipped) if (missing.length > 0) process.stderr.write(`skipped: ${name}: ${line}\n`)
  if (ready.length > 0) describe(name, tests)
  else describe.skip(name, tests)
}

export interface Played {
  of(variant: string): Found
  result(attack: string, variant: string): Result
}

/** All of them side by side, against these attacks and those without which nothing is found. */
export async function playHere(
  variants: readonly ReferenceVariant[],
  { road, attacks, jobs = 6 }: { readonly road: Road; readonly attacks: readonly string[]; readonly jobs?: number },
): Promise<Played> {
  const chosen = choose(await loadCatalogues(), { attack: [...new Set([...TELLING, ...attacks])], client: [] })
  const { run, found } = await playReferences({
    ...{ variants, road, attacks: chosen.attacks, env: process.env, timeout: 60_000 },
    ...{ jobs, versions: {}, now: () => new Date() },
  })
  return {
    of: (id) => there(found.find(({ variant }) => variant.id === id)),
    result: (attack, id) => there(run.results.find((one) => one.attack === attack && one.client === id)),
  }
}

/** @throws Error where nothing was played */
export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it was not played')
  return value
}
