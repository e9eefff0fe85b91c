import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { runCommand } from '#kit/cli.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { probeWritable, readTextFile, writeFileAtomically } from '#kit/files.ts'
import { nearest } from '#kit/nearest.ts'
import { compared, parseKept } from './support/compare.ts'
import { type Figure, RESULTS } from './support/results.ts'

const folder = new URL('.', import.meta.url)

const EXAMPLES = `
Examples:
  npm run bench
  npm run bench -- pin proxy --out before.json
  npm run bench -- proxy --compare before.json`

/**
 * Runs every other file of this folder, or those named, one after the other and each in a process of its own, so that
 * none measures the garbage of another. A benchmark prints its figures beside those of a named peer in the same run.
 */
await runCommand(process, async (signal) => {
  const command = new Command('npm run bench --')
    .description('Runs the benchmarks, each beside a named peer in the same run.')
    .argument('[names...]', 'which ones; all when none is named')
    .option('--out <file>', 'keep the figures as JSON')
    .option('--compare <file>', 'print what has changed since a run that was kept')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .exitOverride()
    .parse(process.argv)
  const { out, compare } = command.opts<{ out?: string; compare?: string }>()
  const known = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'main.ts').sort()
  const ids = known.map((name) => basename(name, '.ts'))
  for (const id of command.args) assertKnown(id, ids)
  const before = compare === undefined ? undefined : parseKept(await readTextFile(compare, 'the earlier run'), compare)
  if (out !== undefined) await probeWritable(out)
  const chosen = command.args.length > 0 ? ids.filter((id) => command.args.includes(id)) : ids
  const figures = await run(chosen, signal)
  if (out !== undefined) await writeFileAtomically(out, `${JSON.stringify(kept(figures), undefined, 2)}\n`)
  if (before) process.stdout.write(`${compared(before, figures).join('\n')}\n`)
  return EXIT.expected
})

async function run(ids: readonly string[], signal: AbortSignal): Promise<Figure[]> {
  const work = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
  const results = join(work, 'figures')
  try {
    for (const id of ids) {
      process.stdout.write(`${id}\n`)
      const child = spawn(process.execPath, [fileURLToPath(new URL(`${id}.ts`, folder))], {
        env: { ...process.env, [RESULTS]: results },
        stdio: 'inherit',
        signal,
      })
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new LabError('BENCH_FAILED', `bench/${id}.ts ended with ${code}`, { kind: 'failure' })
    }
    const lines = await readFile(results, 'utf8').catch(() => '')
    return lines
      .split('\n')
      .filter(Boolean)
      .map((line): Figure => JSON.parse(line))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function kept(figures: readonly Figure[]) {
  return {
    version: 1,
    at: new Date().toISOString(),
    node: process.version,
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    figures,
  }
}

function assertKnown(id: string, ids: readonly string[]): void {
  if (ids.includes(id)) return
  const near = nearest(id, ids)
  throw new LabError('UNKNOWN_ID', `there is no benchmark called '${id}'`, {
    hint: near ? `did you mean '${near}'?` : `all of them: ${ids.join(', ')}`,
  })
}
