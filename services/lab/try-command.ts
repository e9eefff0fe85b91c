import { Option } from 'commander'
import { externalClient } from '#client/external/external.ts'
import { PLACEHOLDERS } from '#client/external/placeholders.ts'
import { createWorldFiles } from '#client/external/world.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { choose, loadCatalogues } from './experiment.ts'
import { collect, type LabOptions, labCommand } from './options.ts'
import { openOutlets, writeOutlets } from './outlets.ts'
import { loadReporters } from './reporter.ts'
import { embeddedStage } from './stages/embedded.ts'
import { fromHere, lookOf, progress, type Terminal } from './terminal.ts'
import { conclude } from './try/conclusion.ts'
import { referenceCommand } from './try/reference-command.ts'
import { ownApi } from './try/target.ts'
import { addTargetOptions, type TargetOptions, targetOf } from './try/target-options.ts'
import { worldsFirst } from './try/worlds-first.ts'
import { versions } from './versions.ts'

interface TryOptions extends LabOptions, TargetOptions {
  readonly env: readonly string[]
  readonly plainEnv: boolean
  readonly deployment: 'ca-signed' | 'self-signed'
  readonly timeout: number
  readonly expect: 'pinned' | 'unpinned'
  readonly reporter: readonly string[]
  readonly progress: boolean
  readonly reference: readonly string[]
}

const TEXT = {
  name: 'npm run try --',
  description: 'A program that is not ours, against every attack that applies to it. It is run once for each.',
  examples: `  npm run try -- curl -sS --cacert {ca} {url}                                     unpinned, so intercepted
  npm run try -- curl -sS --cacert {ca} --pinnedpubkey '{pin:curl}' {url}         pinned
  npm run try -- --road proxy ./my-client                                         one with fixed host names
  npm run try -- --target api.example.com -- ./my-client                          your own API, and nothing changed
  npm run try -- --reference 'curl-*' --reference 'go-*'                          clients that everybody knows

Exit 0 of the program means that it took the answer, anything else that it refused. A last line ACCEPT, REJECT or
UNSUPPORTED on stdout outranks the exit code, and the bytes that the attacker received outrank both.

Placeholders, in arguments and --env; the same values are in the environment, {pin:okhttp} as LAB_PIN_OKHTTP:
${Object.entries(PLACEHOLDERS)
  .map(([name, about]) => `  ${`{${name}}`.padEnd(14)} ${about}`)
  .join('\n')}`,
}

/** `npm run try`. Gives the exit code: 0 pinned and beaten by nothing, 3 something got through, 4 inconclusive. */
export async function tryCommand(terminal: Terminal): Promise<number> {
  const { options, command, road: askedFor } = parseTry(terminal)
  if (options.reference.length > 0) return referenceCommand(terminal, options)
  const target = await targetOf(options, askedFor)
  const catalogues = await loadCatalogues()
  const { attacks } = choose(catalogues, { ...options, client: [] })
  const outlets = await openOutlets(options.reporter, await loadReporters())
  await using files = await createWorldFiles()
  const client = externalClient(
    { id: nameOf(command), ...command, env: variables(options.env), ...pickOf(options) },
    { files, inherited: terminal.env },
  )
  const clients = new Map([[client.id, client]])
  const now = () => new Date()
  const { timeout } = options
  const words = [...command.args, ...options.env]
  const own = target && (await ownApi(target, { clients, now, timeout, words }))
  await using stage = own?.stage ?? (await embeddedStage({ clients, now, forOutside: true, timeout }))
  using counter = progress(terminal, { now, asked: options.progress })
  const { jobs, seed } = options
  const road = own ? 'proxy' : options.road
  const run = await worldsFirst(stage, {
    ...{ attacks, clients: [client], road, jobs, seed, now, signal: terminal.signal, onResult: counter.tick },
    versions: await versions(),
  })
  counter[Symbol.dispose]()
  const { stdout, stderr, env } = terminal
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  const lab = conclude(run, client.id, attacks)
  const found = own?.conclude(lab, run) ?? lab
  const talk = outlets.some(({ path, reporter }) => path === undefined && reporter.id !== 'table') ? stderr : stdout
  const where = outlets.flatMap(({ reporter, path }) => (path ? [`${reporter.id}: ${fromHere(path)}`] : []))
  talk.write(`\n${[...found.lines, ...where].join('\n')}\n`)
  if (terminal.signal.aborted) return EXIT.interrupted
  if (found.finding === 'inconclusive') return EXIT.inconclusive
  const wanted = options.expect === 'unpinned' ? found.finding === 'unpinned' : isPinned(found)
  return wanted ? EXIT.expected : EXIT.surprise
}

function isPinned({ finding, beatenBy }: ReturnType<typeof conclude>): boolean {
  return finding.startsWith('pinned') && beatenBy.length === 0
}

function parseTry(terminal: Terminal) {
  const program = addTargetOptions(labCommand(terminal, TEXT))
    .usage("[options] <command> [arguments…]\n       npm run try -- [options] --reference 'curl-*'")
    .argument('[command]', 'the program to run')
    .argument('[arguments...]', 'its arguments, with placeholders')
    .allowExcessArguments(true)
    .passThroughOptions()
    .addOption(new Option('--env <NAME=value>', 'a further variable (repeatable)').argParser(one).default([], 'none'))
    .option('--plain-env', 'set only LAB_… and --env: not what ecosystems read', false)
    .addOption(
      new Option('--deployment <which>', 'of the API').choices(['ca-signed', 'self-signed']).default('ca-signed'),
    )
    .addOption(new Option('--timeout <ms>', 'for one run of the program').argParser(Number).default(10_000))
    .addOption(
      new Option('--expect <what>', 'which finding exits with 0').choices(['pinned', 'unpinned']).default('pinned'),
    )
    .addOption(
      new Option('-r, --reporter <name[=file]>', 'how to report, and where').argParser(collect).default([], 'table'),
    )
    .addOption(
      new Option('--reference <id or glob>', 'in place of a command: clients that everybody knows (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--progress', 'count the plays on stderr even where that is no terminal', false)
  program.parse([...terminal.args], { from: 'user' })
  const [command, ...args] = program.args
  const options = program.opts<TryOptions>()
  if (command === undefined && options.reference.length === 0)
    program.error("error: missing required argument 'command'", MISSING)
  if (command !== undefined && options.reference.length > 0)
    program.error('error: --reference takes no command beside it')
  const road = program.getOptionValueSource('road') === 'cli' ? options.road : undefined
  return { options, road, command: { command: command ?? '', args } }
}

/** As commander itself says it of an argument that it knows to be required. */
const MISSING = { code: 'commander.missingArgument' }

function one(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function pickOf({ plainEnv, deployment }: TryOptions): Pick<TryOptions, 'plainEnv' | 'deployment'> {
  return { plainEnv, deployment }
}

function variables(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new LabError('VARIABLE_INVALID', `'${text}' is not NAME=value`, { hint: '--env API_URL={url}' })
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

function nameOf({ command }: { readonly command: string }): string {
  return command.split('/').at(-1) ?? command
}
