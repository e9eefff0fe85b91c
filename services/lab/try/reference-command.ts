import { remedy } from '#client/external/needs.ts'
import { loadReferences, type ReferenceVariant, variantsCalled } from '#client/references.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { choose, loadCatalogues } from '../experiment.ts'
import type { LabOptions } from '../options.ts'
import { openOutlets, writeOutlets } from '../outlets.ts'
import { loadReporters } from '../reporter.ts'
import { fromHere, lookOf, progress, type Terminal } from '../terminal.ts'
import { versions } from '../versions.ts'
import { type Found, playReferences, type Sorted, sortOut, TELLING } from './references.ts'

export interface ReferenceOptions extends LabOptions {
  /** Ids or globs. */
  readonly reference: readonly string[]
  readonly timeout: number
  readonly reporter: readonly string[]
  readonly progress: boolean
}

/**
 * `npm run try -- --reference`. Gives the exit code: 0 when each finding is the one that its entry expects, 3 otherwise.
 * @throws LabError REFERENCE_MISSING
 */
export async function referenceCommand(terminal: Terminal, options: ReferenceOptions): Promise<number> {
  const variants = variantsCalled(await loadReferences(), options.reference)
  if (options.list) return list(terminal, variants)
  const catalogues = await loadCatalogues()
  const attack = options.attack.length > 0 ? [...options.attack, ...TELLING] : []
  const { attacks } = choose(catalogues, { attack, client: [] })
  const outlets = await openOutlets(options.reporter, await loadReporters())
  const { stdout, stderr, env, signal } = terminal
  const { road, jobs, seed, timeout } = options
  const ready = told(terminal, await sortOut(variants, { env, road }))
  if (ready.length === 0) return EXIT.inconclusive
  const now = () => new Date()
  using counter = progress(terminal, { now, asked: options.progress })
  const { run, found } = await playReferences({
    ...{ variants: ready, env, timeout, attacks, road, jobs, seed, now, signal, onResult: counter.tick },
    versions: await versions(),
    ...(env.REQUIRE_REFERENCE === '1' ? {} : { leaveOut: (why) => void stderr.write(leftOut(why)) }),
  })
  counter[Symbol.dispose]()
  if (found.length === 0) return signal.aborted ? EXIT.interrupted : EXIT.inconclusive
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  const talk = outlets.some(({ path, reporter }) => path === undefined && reporter.id !== 'table') ? stderr : stdout
  const where = outlets.flatMap(({ reporter, path }) => (path ? [`${reporter.id}: ${fromHere(path)}`] : []))
  talk.write(`\n${[...found.flatMap((one) => inWords(one, run.versions)), sum(found), ...where].join('\n')}\n`)
  if (signal.aborted) return EXIT.interrupted
  return found.every(({ asExpected }) => asExpected) ? EXIT.expected : EXIT.surprise
}

function list({ stdout }: Terminal, variants: readonly ReferenceVariant[]): number {
  const width = Math.max(...variants.map(({ id }) => id.length))
  stdout.write(variants.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`).join(''))
  return EXIT.expected
}

/** Says of each that is left out why; the others. */
function told({ stderr, env }: Terminal, { ready, skipped, missing }: Sorted): Sorted['ready'] {
  if (missing.length > 0 && env.REQUIRE_REFERENCE === '1') {
    throw new LabError('REFERENCE_MISSING', 'REQUIRE_REFERENCE is set, and not every reference client can run', {
      kind: 'failure',
      details: skipped,
      hint: remedy(missing),
    })
  }
  for (const line of skipped) stderr.write(`skipped: ${line}\n`)
  return ready
}

function leftOut({ message, details }: LabError): string {
  return `${[`skipped: ${message}`, ...details.map((line) => `  ${line}`)].join('\n')}\n`
}

function inWords({ variant, conclusion, asExpected, unproved }: Found, known: Readonly<Record<string, string>>) {
  const { finding, beatenBy, lines } = conclusion
  const isPinned = finding.startsWith('pinned')
  const beaten = isPinned && beatenBy.length > 0 ? `, but beaten by ${beatenBy.join(', ')}` : ''
  const why = finding === 'inconclusive' ? `\n    ${lines[0]}` : ''
  const wanted = [variant.finding, ...(variant.beatenBy ? [`but beaten by ${variant.beatenBy.join(', ')}`] : [])]
  const expected = asExpected ? '' : `\n    expected: ${wanted.join(', ')}`
  const open = unproved.length > 0 && finding !== 'inconclusive' ? `\n    nothing proved by ${unproved.join(', ')}` : ''
  const mark = asExpected ? '✓' : '!'
  return [`  ${mark} ${variant.id} (${known[variant.of.id]}): ${finding}${beaten}${expected}${why}${open}`]
}

function sum(found: readonly Found[]): string {
  const off = found.filter(({ asExpected }) => !asExpected)
  if (off.length === 0) return `All ${found.length} findings are the expected ones. docs/findings.md`
  const ids = off.map(({ variant }) => variant.id).join(', ')
  return `Not as expected: ${off.length} of ${found.length} (${ids}). docs/findings.md`
}
