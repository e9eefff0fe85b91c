import { Command, Option } from 'commander'
import { createWorldFiles } from '#client/external/world.ts'
import { select } from '#kit/catalogue.ts'
import { EXIT } from '#kit/error.ts'
import { FAMILIES, WORLDS } from '#mitm/attack.ts'
import { compare, comparisonInWords, gotWorse } from './baseline.ts'
import { battery } from './battery.ts'
import { compareCommand } from './compare-command.ts'
import { choose, loadCatalogues } from './experiment.ts'
import { explainAttack } from './explain.ts'
import { frugalWhenLong } from './frugal.ts'
import { lastLine } from './last-line.ts'
import { list } from './list.ts'
import { merge } from './merge.ts'
import { collect, type LabOptions, labCommand, parse } from './options.ts'
import { type Outlet, openOutlets, writeOutlets } from './outlets.ts'
import { readRun } from './read-run.ts'
import { loadReporters } from './reporter.ts'
import json from './reporters/json.ts'
import type { Run } from './result.ts'
import { parseShard, type Shard } from './shard.ts'
import { embeddedStage } from './stages/embedded.ts'
import { fromHere, lookOf, progress, type Terminal } from './terminal.ts'
import { withSaved } from './try/with-saved.ts'
import { versions } from './versions.ts'

interface BatteryCommandOptions extends LabOptions {
  readonly family: readonly string[]
  readonly world: readonly string[]
  readonly shard?: Shard
  readonly reporter: readonly string[]
  readonly baseline?: string
  readonly progress: boolean
  readonly explain?: string
}

const TEXT = {
  name: 'npm run battery --',
  description: 'Every attack against every client, with reports for a person, a CI and a code scanner.',
  examples: `  npm run battery                                              the table
  npm run battery -- --family pin-bypass --client 'pinned-*'   part of it
  npm run battery -- --explain append-pinned-leaf              an attack as a lesson
  npm run battery -- --reporter table --reporter junit=battery.xml --reporter sarif=battery.sarif
  npm run battery -- --baseline yesterday.json                 3 only for what got worse
  npm run battery -- --shard 1/4 --reporter json=1.json        one of four machines
  npm run battery -- merge 1.json 2.json 3.json 4.json         their whole, as JSON
  npm run battery -- compare embedded.json compose.json        where two runs differ`,
}

/** `npm run battery`. Gives the exit code. */
export async function batteryCommand(terminal: Terminal, load = loadCatalogues): Promise<number> {
  if (terminal.args[0] === 'merge') return mergeCommand(terminal)
  if (terminal.args[0] === 'compare') return compareCommand(terminal)
  const options = parseBattery(terminal)
  const catalogues = await load()
  const { stdout, env } = terminal
  if (options.list) {
    stdout.write(list(catalogues, false))
    return EXIT.expected
  }
  const now = () => new Date()
  if (options.explain !== undefined) {
    const clients = select(catalogues.clients, options.client, 'client')
    for (const attack of select(catalogues.attacks, [options.explain], 'attack')) {
      stdout.write(
        await explainAttack(attack, { clients, now: now(), width: Math.min(lookOf(stdout, env).width, 100) }),
      )
    }
    return EXIT.expected
  }
  await using files = await createWorldFiles()
  const all = await withSaved(catalogues.clients, options.client, { files, env, signal: terminal.signal })
  const { attacks, clients } = choose({ ...catalogues, clients: all }, options)
  const before = options.baseline === undefined ? undefined : await readRun(options.baseline, 'a baseline')
  const outlets = await openOutlets(options.reporter, await loadReporters())
  await using stage = await embeddedStage({ clients: all, now, forOutside: clients.some(({ outside }) => outside) })
  using counter = progress(terminal, { now, asked: options.progress })
  const { road, jobs, shard, seed } = options
  frugalWhenLong(attacks.length * clients.length)
  const run = await battery(stage, {
    ...{ attacks, clients, road, jobs, seed, now, signal: terminal.signal, onResult: counter.tick },
    versions: await versions(),
    ...(shard && { shard }),
  })
  counter[Symbol.dispose]()
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  return conclude(terminal, { run, outlets, ...(before && { before }) })
}

function parseBattery(terminal: Terminal): BatteryCommandOptions {
  const repeated = (flags: string, about: string) => new Option(flags, about).argParser(collect)
  const command = labCommand(terminal, TEXT)
    .usage(
      '[options]\n       npm run battery -- merge <file> <file> …\n       npm run battery -- compare <file> <file>',
    )
    .addOption(repeated('--family <name>', `only these families: ${FAMILIES.join(', ')}`).default([], 'all'))
    .addOption(repeated('--world <name>', `only these worlds: ${WORLDS.join(', ')}`).default([], 'all'))
    .addOption(new Option('--shard <i/n>', 'only the i-th of n disjoint parts').argParser(parseShard))
    .addOption(
      repeated('-r, --reporter <name[=file]>', 'how to report, and where: stdout, or a file').default([], 'table'),
    )
    .option('--baseline <file>', "compare with an earlier run's JSON; 3 only for what got worse")
    .option('--progress', 'count the plays on stderr even where that is no terminal', false)
    .option('--explain <id>', 'print an attack as a lesson, run nothing')
  return parse<BatteryCommandOptions>(command, terminal)
}

interface Conclusion {
  readonly run: Run
  readonly outlets: readonly Outlet[]
  readonly before?: Run
}

function conclude({ stdout, stderr, signal }: Terminal, { run, outlets, before }: Conclusion): number {
  // What a program reads from stdout must not end in a sentence.
  const onStdout = outlets.find(({ path }) => path === undefined)
  const talk = onStdout === undefined || onStdout.reporter.id === 'table' ? stdout : stderr
  const files = outlets.flatMap(({ reporter, path }) => (path ? [`${reporter.id}: ${fromHere(path)}`] : []))
  talk.write(`\n${lastLine(run, files.join(', ') || undefined)}\n`)
  if (signal.aborted) {
    stderr.write(`interrupted: these are the ${run.results.length} results found until then\n`)
    return EXIT.interrupted
  }
  if (!before) return run.surprises > 0 ? EXIT.surprise : EXIT.expected
  const comparison = compare(before, run)
  talk.write(comparisonInWords(comparison))
  return gotWorse(comparison) ? EXIT.surprise : EXIT.expected
}

async function mergeCommand({ args, stdout, stderr }: Terminal): Promise<number> {
  const command = new Command('npm run battery -- merge')
    .description('Puts the JSON of shards together again, on stdout.')
    .argument('<files...>', 'what --shard i/n --reporter json=FILE has written')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
    .parse(args.slice(1), { from: 'user' })
  const run = merge(await Promise.all(command.args.map((path) => readRun(path, 'a run of the battery'))))
  for (const piece of json.pieces(run)) stdout.write(piece)
  stderr.write(`${lastLine(run)}\n`)
  return run.surprises > 0 ? EXIT.surprise : EXIT.expected
}
