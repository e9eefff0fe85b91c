import { EXIT } from '#kit/error.ts'
import { battery } from './battery.ts'
import { labConfig } from './config.ts'
import { choose, firstLook, loadCatalogues } from './experiment.ts'
import { lastLine } from './last-line.ts'
import { list } from './list.ts'
import { type LabOptions, labCommand, parse } from './options.ts'
import json from './reporters/json.ts'
import table from './reporters/table.ts'
import { composeStage } from './stages/compose.ts'
import { lookOf, type Terminal } from './terminal.ts'
import { versions } from './versions.ts'

interface ComposeOptions extends LabOptions {
  readonly json: boolean
}

const TEXT = {
  name: 'docker compose run --rm lab',
  description: 'The experiment with every party in a container of its own.',
  examples: `  docker compose run --rm lab                                  the matrix
  docker compose run --rm lab --client pinned-key              one client, all attacks
  docker compose run --rm lab --json | jq '.surprises'         for programs, once the image is built`,
}

/** The same experiment over the containers' control ports. Gives the exit code. */
export async function compose(terminal: Terminal): Promise<number> {
  const command = labCommand(terminal, TEXT).option('--json', 'print the whole result as JSON, and nothing else', false)
  const options = parse<ComposeOptions>(command, terminal)
  const catalogues = await loadCatalogues()
  if (options.list) {
    terminal.stdout.write(list(catalogues, options.json))
    return EXIT.expected
  }
  const { attacks, clients } = choose(catalogues, firstLook(catalogues, options))
  const config = labConfig(terminal.env)
  await using stage = await composeStage(config)
  const run = await battery(stage, {
    attacks,
    clients,
    road: options.road,
    jobs: options.jobs,
    seed: options.seed,
    versions: await versions(),
    now: () => new Date(),
    signal: terminal.signal,
  })
  terminal.signal.throwIfAborted()
  // The container has nowhere to keep a file: the JSON goes to stdout when asked for.
  terminal.stdout.write(options.json ? json.render(run) : table.render(run, lookOf(terminal.stdout, terminal.env)))
  const talk = options.json ? terminal.stderr : terminal.stdout
  talk.write(`\n${lastLine(run, 'JSON: docker compose run --rm lab --json')}\n`)
  talk.write(`${whereToLook(config.apiAddress)}\n`)
  return run.surprises > 0 ? EXIT.surprise : EXIT.expected
}

function whereToLook(address: string): string {
  if (address.endsWith(':0')) return 'The API: on the port that `docker compose port proxy 8080` names'
  return `The API: ${address}/api.nasa.gov/planetary/apod?date=2017-01-01`
}
