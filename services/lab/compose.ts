import { Option } from 'commander'
import type { Client } from '#client/client.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import { EXIT } from '#kit/error.ts'
import { type BatteryOptions, battery } from './battery.ts'
import { compareRuns } from './compare-command.ts'
import { type LabConfig, labConfig } from './config.ts'
import { choose, firstLook, loadCatalogues } from './experiment.ts'
import { lastLine } from './last-line.ts'
import { list } from './list.ts'
import { collect, type LabOptions, labCommand, parse } from './options.ts'
import { openOutlets, writeOutlets } from './outlets.ts'
import { loadReporters } from './reporter.ts'
import type { Run } from './result.ts'
import { parseShard, type Shard } from './shard.ts'
import { composeStage } from './stages/compose.ts'
import { embeddedStage } from './stages/embedded.ts'
import { lookOf, progress, type Terminal } from './terminal.ts'
import { versions } from './versions.ts'

interface ComposeOptions extends LabOptions {
  readonly all: boolean
  readonly reporter: readonly string[]
  readonly json: boolean
  readonly shard?: Shard
  readonly againstEmbedded: boolean
  readonly progress: boolean
}

const TEXT = {
  name: 'docker compose run --rm lab',
  description: 'The experiment with every party in a container of its own.',
  examples: `  docker compose run --rm lab                                  the matrix
  docker compose run --rm lab --client shared-agent            the first attacks against one client
  docker compose run --rm lab --all                            every attack against every client
  docker compose run --rm lab --all --against-embedded         and whether it is as in one process
  docker compose run --rm -T lab --all --reporter html > battery.html
  docker compose run --rm lab --json | jq '.surprises'         for programs, once the image is built`,
}

/** The same experiment over the containers' control ports. Gives the exit code. */
export async function compose(terminal: Terminal): Promise<number> {
  const options = parseCompose(terminal)
  const catalogues = await loadCatalogues()
  const { stdout, stderr, env, signal } = terminal
  if (options.list) {
    stdout.write(list(catalogues, options.json))
    return EXIT.expected
  }
  const { attacks, clients } = choose(catalogues, options.all ? options : firstLook(catalogues, options))
  // The container has nowhere to keep a file unless it is given a place: what is asked for goes to stdout.
  const outlets = await openOutlets(options.json ? ['json'] : options.reporter, await loadReporters())
  const config = labConfig(env)
  const { road, jobs, seed, shard } = options
  const asked = {
    ...{ attacks, clients, road, jobs, seed, now, signal },
    ...{ versions: await versions(), ...(shard && { shard }) },
  }
  const run = await onContainers(config, asked, { terminal, progress: options.progress })
  signal.throwIfAborted()
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  const onStdout = outlets.find(({ path }) => path === undefined)
  const talk = onStdout === undefined || onStdout.reporter.id === 'table' ? stdout : stderr
  talk.write(`\n${lastLine(run, 'JSON: docker compose run --rm lab --json')}\n`)
  talk.write(`${whereToLook(config.apiAddress)}\n`)
  const found = run.surprises > 0 ? EXIT.surprise : EXIT.expected
  if (!options.againstEmbedded) return found
  const embedded = await inOneProcess(catalogues.clients, asked)
  signal.throwIfAborted()
  return Math.max(found, compareRuns(embedded, run, talk))
}

const now = () => new Date()

function parseCompose(terminal: Terminal): ComposeOptions {
  const command = labCommand(terminal, TEXT)
    .option('--all', 'the whole catalogue where nothing is named, instead of a first look', false)
    .addOption(
      new Option('-r, --reporter <name[=file]>', 'how to report, and where: stdout, or a file')
        .argParser(collect)
        .default([], 'table'),
    )
    .addOption(new Option('--shard <i/n>', 'only the i-th of n disjoint parts').argParser(parseShard))
    .addOption(new Option('--json', 'short for --reporter json').default(false).conflicts('reporter'))
    .option(
      '--against-embedded',
      'play it all in one process too, and print where the two differ; 3 when they do',
      false,
    )
    .option('--progress', 'count the plays on stderr even where that is no terminal', false)
  return parse<ComposeOptions>(command, terminal)
}

async function onContainers(
  config: LabConfig,
  asked: BatteryOptions,
  { terminal, progress: wanted }: { terminal: Terminal; progress: boolean },
): Promise<Run> {
  await using stage = await composeStage(config, now)
  using counter = progress(terminal, { now, asked: wanted })
  return await battery(stage, { ...asked, onResult: counter.tick })
}

async function inOneProcess(clients: Catalogue<Client>, asked: BatteryOptions): Promise<Run> {
  await using stage = await embeddedStage({ clients, now })
  return await battery(stage, asked)
}

function whereToLook(address: string): string {
  if (address.endsWith(':0')) return 'The API: on the port that `docker compose port proxy 8080` names'
  return `The API: ${address}/api.nasa.gov/planetary/apod?date=2017-01-01`
}
