import type { Client } from '#client/client.ts'
import { type ExternalMeans, externalClient } from '#client/external/external.ts'
import { createWorldFiles } from '#client/external/world.ts'
import type { Entry } from '#kit/catalogue.ts'
import { EXIT } from '#kit/error.ts'
import { choose, loadCatalogues } from './experiment.ts'
import { openOutlets, writeOutlets } from './outlets.ts'
import { loadReporters } from './reporter.ts'
import { embeddedStage } from './stages/embedded.ts'
import { fromHere, lookOf, progress, type Terminal } from './terminal.ts'
import { conclude } from './try/conclusion.ts'
import { exitFor } from './try/exit.ts'
import { ownImage } from './try/image.ts'
import { manualCommand } from './try/manual.ts'
import { type Asked, parseTry } from './try/options.ts'
import { referenceCommand } from './try/reference-command.ts'
import { listSaved, ownFolder, readSaved, type Saved, save, savedClients } from './try/saved.ts'
import { ownApi } from './try/target.ts'
import { targetOf } from './try/target-options.ts'
import { worldsFirst } from './try/worlds-first.ts'
import { versions } from './versions.ts'

/** `npm run try`. Gives the exit code: 0 pinned and beaten by nothing, 3 something got through, 4 inconclusive. */
export async function tryCommand(terminal: Terminal): Promise<number> {
  const { stdout, stderr, env, signal } = terminal
  const saved = await readSaved(env)
  const { options, asked, road: typedRoad } = parseTry(terminal, saved)
  if (options.reference.length > 0) return referenceCommand(terminal, options)
  if (options.list) {
    stdout.write(listSaved(saved))
    return EXIT.expected
  }
  const target = await targetOf(options, typedRoad)
  if (options.manual) return manualCommand(terminal, options, target)
  const catalogues = await loadCatalogues()
  const { attacks } = choose(catalogues, { ...options, client: [] })
  const outlets = await openOutlets(options.reporter, await loadReporters())
  await using files = await createWorldFiles()
  const image =
    options.image !== undefined && 'setup' in asked
      ? await ownImage({ id: asked.name, ...asked.setup }, { files, timeout: options.timeout, terminal })
      : undefined
  const clients = (
    image ? [image.client] : clientsFor(asked, saved, { files, inherited: env, cwd: ownFolder(env), signal })
  ).map((client) => (options.expect === 'unpinned' ? ({ ...client, outside: 'unpinned' } as const) : client))
  const kept =
    options.save !== undefined && 'setup' in asked
      ? await save(env, { ...asked, force: options.force, taken: catalogues.clients.keys() })
      : undefined
  const now = () => new Date()
  const means = { clients: new Map(clients.map((client) => [client.id, client])), now, timeout: options.timeout }
  const own = target && (await ownApi(target, { ...means, words: wordsOf(asked, saved) }))
  await using stage = own?.stage ?? image?.stage ?? (await embeddedStage({ ...means, forOutside: true }))
  using counter = progress(terminal, { now, asked: options.progress })
  const { jobs, seed } = options
  const road = own ? 'proxy' : options.road
  const run = await worldsFirst(stage, {
    ...{ attacks, clients, road, jobs, seed, now, signal, onResult: counter.tick },
    versions: await versions(),
  })
  counter[Symbol.dispose]()
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  const found = clients.map(({ id }) => {
    const lab = conclude(run, id, attacks)
    return { id, ...(own?.conclude(lab, run) ?? lab) }
  })
  const talk = outlets.some(({ path, reporter }) => path === undefined && reporter.id !== 'table') ? stderr : stdout
  const where = outlets.flatMap(({ reporter, path }) => (path ? [`${reporter.id}: ${fromHere(path)}`] : []))
  if (kept !== undefined) where.push(`Saved: npm run try -- ${options.save} (${fromHere(kept)})`)
  const lines = found.flatMap(({ id, lines }) => (found.length === 1 ? lines : lines.map((line) => `${id}: ${line}`)))
  talk.write(`\n${[...lines, ...where].join('\n')}\n`)
  if (!signal.aborted) return exitFor(found, options)
  stderr.write(`interrupted: these are the ${run.results.length} results found until then\n`)
  return EXIT.interrupted
}

function clientsFor(asked: Asked, saved: Saved, means: ExternalMeans): Entry<Client>[] {
  if ('names' in asked) return savedClients(saved, means, [...new Set(asked.names)])
  return [externalClient({ id: asked.name, ...asked.setup }, means)]
}

/** The programs as they were typed, their variables included. */
function wordsOf(asked: Asked, saved: Saved): string[] {
  const setups = 'names' in asked ? asked.names.flatMap((name) => saved.get(name) ?? []) : [asked.setup]
  return setups.flatMap(({ args, env }) => [...args, ...Object.values(env)])
}
