import { EXIT } from '#kit/error.ts'
import { writeFileAtomically } from '#kit/files.ts'
import type { Attacker } from '#mitm/attacker.ts'
import { battery } from './battery.ts'
import { type Catalogues, choose, firstLook, reportPath } from './experiment.ts'
import { lastLine } from './last-line.ts'
import type { LabOptions } from './options.ts'
import json from './reporters/json.ts'
import table from './reporters/table.ts'
import { embeddedStage } from './stages/embedded.ts'
import { story } from './story.ts'
import { fromHere, lookOf, progress, type Terminal } from './terminal.ts'
import { versions } from './versions.ts'

export interface DemoOptions extends LabOptions {
  readonly json: boolean
  /** Where the JSON goes; a folder gets `attack-demo.json`. */
  readonly out: string
}

export interface PerformOptions {
  readonly terminal: Terminal
  readonly options: DemoOptions
  readonly catalogues: Catalogues
  readonly attacker: Attacker
  readonly now: () => Date
}

/** Plays the demo, writes the JSON, tells the story. Gives the exit code. */
export async function perform({ terminal, options, catalogues, attacker, now }: PerformOptions): Promise<number> {
  const { attacks, clients } = choose(catalogues, firstLook(catalogues, options))
  const path = await reportPath(options.out, 'attack-demo')
  await using stage = await embeddedStage({ clients: catalogues.clients, attacker, now })
  using counter = progress(terminal, { now })
  const [run, visits] = await Promise.all([
    battery(stage, {
      attacks,
      clients,
      road: options.road,
      jobs: options.jobs,
      seed: options.seed,
      versions: await versions(),
      now,
      signal: terminal.signal,
      onResult: counter.tick,
    }),
    Promise.all(clients.map(async ({ id }) => ({ client: id, report: await stage.visitFromHome(id) }))),
  ])
  counter[Symbol.dispose]()
  terminal.signal.throwIfAborted()
  await writeFileAtomically(path, json.pieces(run))
  const look = lookOf(terminal.stdout, terminal.env)
  terminal.stdout.write(options.json ? json.render(run) : `${story(run, visits, look)}\n${table.render(run, look)}`)
  const talk = options.json ? terminal.stderr : terminal.stdout
  talk.write(`\n${lastLine(run, `JSON: ${fromHere(path)}`)}\n`)
  return run.surprises > 0 ? EXIT.surprise : EXIT.expected
}
