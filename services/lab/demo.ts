import { relative } from 'node:path'
import { EXIT } from '#kit/error.ts'
import { writeFileAtomically } from '#kit/files.ts'
import { battery } from './battery.ts'
import { choose, loadCatalogues, reportPath } from './experiment.ts'
import { lastLine } from './last-line.ts'
import { list } from './list.ts'
import { parseOptions } from './options.ts'
import json from './reporters/json.ts'
import table from './reporters/table.ts'
import { embeddedStage } from './stages/embedded.ts'
import { story } from './story.ts'
import { lookOf, progress, type Terminal } from './terminal.ts'
import { versions } from './versions.ts'

/** `npm run attack-demo`: the story and the matrix, everything in one process. Gives the exit code. */
export async function demo(terminal: Terminal, load = loadCatalogues): Promise<number> {
  const options = parseOptions(terminal, 'npm run attack-demo --')
  const catalogues = await load()
  if (options.list) {
    terminal.stdout.write(list(catalogues, options.json))
    return EXIT.expected
  }
  const { attacks, clients } = choose(catalogues, options)
  const path = await reportPath(options.out, 'attack-demo')
  const now = () => new Date()
  await using stage = await embeddedStage({ clients: catalogues.clients, now })
  using counter = progress(terminal)
  const visits = await Promise.all(
    clients.map(async ({ id }) => ({ client: id, report: await stage.visitFromHome(id) })),
  )
  const run = await battery(stage, {
    attacks,
    clients,
    road: options.road,
    jobs: options.jobs,
    versions: await versions(),
    now,
    signal: terminal.signal,
    onResult: counter.tick,
  })
  counter[Symbol.dispose]()
  await writeFileAtomically(path, json.render(run))
  const look = lookOf(terminal.stdout, terminal.env)
  terminal.stdout.write(options.json ? json.render(run) : `${story(run, visits, look)}\n${table.render(run, look)}`)
  const talk = options.json ? terminal.stderr : terminal.stdout
  talk.write(`\n${lastLine(run, relative('.', path))}\n`)
  return run.surprises > 0 ? EXIT.surprise : EXIT.expected
}
