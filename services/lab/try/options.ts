import { availableParallelism } from 'node:os'
import { InvalidArgumentError, Option } from 'commander'
import { PLACEHOLDERS } from '#client/external/placeholders.ts'
import { select } from '#kit/catalogue.ts'
import { ABILITIES, type Ability, type Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { collect, type LabOptions, labCommand } from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { addManualOptions, type ManualOptions, manualContradiction } from './manual-options.ts'
import type { Saved, Setup } from './saved.ts'
import { addTargetOptions, type TargetOptions } from './target-options.ts'

export interface TryOptions extends LabOptions, TargetOptions, ManualOptions {
  readonly family: readonly string[]
  readonly world: readonly string[]
  readonly env: readonly string[]
  readonly plainEnv: boolean
  readonly deployment: 'ca-signed' | 'self-signed'
  readonly timeout: number
  readonly stdin: boolean
  readonly can: readonly Ability[]
  readonly expect: 'pinned' | 'unpinned'
  readonly reporter: readonly string[]
  readonly progress: boolean
  readonly reference: readonly string[]
  readonly image?: string
  readonly save?: string
  readonly force: boolean
}

/** What is to be tried: a program as it was typed, or those that were saved under these names. */
export type Asked = { readonly setup: Setup; readonly name: string } | { readonly names: readonly string[] }

const TEXT = {
  name: 'npm run try --',
  description: 'A program that is not ours, against every attack that applies to it. It is run once for each.',
  clients: 'these of the saved clients, in place of a command',
  lists: 'list the saved clients, or those that --reference names',
  examples: `  npm run try -- curl -sS --cacert {ca} {url}                                     unpinned, so intercepted
  npm run try -- curl -sS --cacert {ca} --pinnedpubkey '{pin:curl}' {url}         pinned
  npm run try -- --road proxy ./my-client                                         one with fixed host names
  npm run try -- --target api.example.com -- ./my-client                          your own API, and nothing changed
  npm run try -- --image my/app:dev --env API_URL={url}                           an image, on the Compose stage
  npm run try -- --stdin --can unpinned-requests ./my-client                      asked line by line, in one process
  npm run try -- --save mine ./my-client {url}                                    keep it in clients.json, and try it
  npm run try -- mine theirs                                                      saved ones, side by side
  npm run try -- --client '*'                                                     all of them
  npm run try -- --reference 'curl-*' --reference 'go-*'                          clients that everybody knows
  npm run try -- --manual --listen 192.168.1.5                                    a phone: you press the button

Exit 0 of the program means that it took the answer, anything else that it refused. A last line ACCEPT, REJECT or
UNSUPPORTED on stdout outranks the exit code, and the bytes that the attacker received outrank both.
With --stdin it reads lines and answers each with a line that begins with one of these words:
  https://…            ask this, as you would ask your API
  UNPINNED https://…   ask this, which you do not pin (--can unpinned-requests)
  PINS sha256/…,…      from now on these are the pins (--can new-pins)

Placeholders, in arguments and --env; the same values are in the environment, {pin:okhttp} as LAB_PIN_OKHTTP:
${Object.entries(PLACEHOLDERS)
  .map(([name, about]) => `  ${`{${name}}`.padEnd(14)} ${about}`)
  .join('\n')}`,
  exitCodes:
    'Exit codes: 0 pinned and beaten by nothing, 3 something got through, 4 inconclusive, 2 wrong use, 1 the lab itself\nbroke, 130 interrupted. With --expect unpinned 0 means that it is fooled, and 3 that it is not.',
}

export interface Parsed {
  readonly options: TryOptions
  readonly asked: Asked
  /** As it was typed; undefined when nobody said. */
  readonly road: Road | undefined
}

/** @throws CommanderError, LabError VARIABLE_INVALID */
export function parseTry(terminal: Terminal, saved: Saved): Parsed {
  const program = tryProgram(terminal).parse([...terminal.args], { from: 'user' })
  const options = { ...program.opts<TryOptions>(), ...heavy(program) }
  const typedNames = options.image === undefined ? program.args.filter((word) => saved.has(word)) : []
  const names = [...new Set([...typedNames, ...savedCalled(saved, options.client)])]
  const areNames = names.length > 0 && typedNames.length === program.args.length
  const road = program.getOptionValueSource('road') === 'cli' ? options.road : undefined
  refuseContradictions(program, { saved, areNames, road })
  if (areNames) return { options: { ...options, ...typed(program, saved, names) }, asked: { names }, road }
  const [command = '', ...args] = options.image === undefined ? program.args : [options.image, ...program.args]
  const { plainEnv, deployment, stdin, can, timeout } = options
  const env = variables(options.env)
  const setup = { command, args, env, plainEnv, deployment, stdin, can: [...can], road: options.road, timeout }
  return { options, asked: { setup, name: options.save ?? nameOf(command) }, road }
}

interface Given {
  readonly saved: Saved
  readonly areNames: boolean
  readonly road: Road | undefined
}

function refuseContradictions(program: ReturnType<typeof tryProgram>, { saved, areNames, road }: Given): void {
  const { client, reference, list, stdin, can, save, env, target, image, manual } = program.opts<TryOptions>()
  const [command, ...args] = program.args
  const wrong = manualContradiction(program.opts<TryOptions>(), command, road)
  if (wrong !== undefined) program.error(wrong)
  if (image !== undefined && (target ?? save ?? reference[0]) !== undefined)
    program.error('error: --image stands alone: no --target, no --save, no --reference')
  if (client.length > 0 && (!areNames || image !== undefined || reference.length > 0 || manual))
    program.error('error: --client is for saved clients alone: no command, no --image, no --reference, no --manual')
  if (command === undefined && !areNames && image === undefined && reference.length === 0 && !list && !manual)
    program.error("error: missing required argument 'command'", MISSING)
  if (command !== undefined && reference.length > 0) program.error('error: --reference takes no command beside it')
  if (!stdin && can.some((one) => one === 'unpinned-requests' || one === 'new-pins'))
    program.error('error: --can unpinned-requests and new-pins need a program that is told so: --stdin')
  if (areNames && (save !== undefined || stdin || env.length > 0))
    program.error(`error: '${command}' is saved with its settings; --save, --stdin and --env are for a command`)
  if (
    !areNames &&
    image === undefined &&
    command !== undefined &&
    saved.has(command) &&
    args.some((word) => word.startsWith('-'))
  )
    program.error(`error: '${command}' is a saved client: options go before its name`)
  if (reference.length > 0 && target !== undefined)
    program.error('error: --reference is tried against the lab’s own API, and takes no --target')
  if (save !== undefined && target !== undefined) program.error('error: --save keeps a program, and no --target')
}

function tryProgram(terminal: Terminal) {
  return addManualOptions(addTargetOptions(labCommand(terminal, TEXT)))
    .usage(
      "[options] <command> [arguments…]\n       npm run try -- [options] <saved name>…\n       npm run try -- [options] --image <image> [arguments…]\n       npm run try -- [options] --reference 'curl-*'\n       npm run try -- [options] --manual",
    )
    .argument('[command]', 'the program to run')
    .argument('[arguments...]', 'its arguments, with placeholders')
    .allowExcessArguments(true)
    .passThroughOptions()
    .addOption(new Option('--env <NAME=value>', 'a further variable (repeatable)').argParser(one).default([], 'none'))
    .option('--plain-env', 'set only LAB_… and --env: not what ecosystems read', false)
    .addOption(
      new Option('--deployment <which>', 'of the API').choices(['ca-signed', 'self-signed']).default('ca-signed'),
    )
    .option('--stdin', 'start it once for an attack, and tell it on stdin what to ask', false)
    .addOption(
      new Option('--can <abilities>', `what it can do beside: ${ABILITIES.join(', ')}`)
        .argParser(abilities)
        .default([], 'none'),
    )
    .addOption(new Option('--timeout <ms>', 'for one request of the program').argParser(milliseconds).default(10_000))
    .addOption(
      new Option('--expect <what>', 'which finding exits with 0').choices(['pinned', 'unpinned']).default('pinned'),
    )
    .addOption(
      new Option('-r, --reporter <name[=file]>', 'how to report, and where').argParser(collect).default([], 'table'),
    )
    .addOption(
      new Option(
        '--reference <id or glob>',
        'in place of a command: clients that everybody knows (repeatable); one a core, and 30 s for a request, unless told',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(new Option('--image <image>', 'in place of a command: a container image, on the Compose stage'))
    .option('--save <name>', 'keep this setup in the clients.json of the folder that you are in')
    .option('--force', 'with --save: in place of another one of that name', false)
    .addOption(
      new Option('--family <name>', 'only attacks of these families (repeatable)')
        .argParser(collect)
        .default([], 'all'),
    )
    .addOption(
      new Option('--world <name>', 'only attacks of these worlds (repeatable)').argParser(collect).default([], 'all'),
    )
    .option('--progress', 'count the plays on stderr even where that is no terminal', false)
}

/** Among the clients that everybody knows are a browser and a virtual machine: four of them a core only wait for each other. */
function heavy(program: ReturnType<typeof tryProgram>): Partial<TryOptions> {
  if (program.opts<TryOptions>().reference.length === 0) return {}
  const isTyped = (name: string) => program.getOptionValueSource(name) === 'cli'
  return {
    ...(!isTyped('jobs') && { jobs: availableParallelism() }),
    ...(!isTyped('timeout') && { timeout: 30_000 }),
  }
}

function savedCalled(saved: Saved, patterns: readonly string[]): string[] {
  if (patterns.length === 0) return []
  if (saved.size === 0) {
    throw new LabError('UNKNOWN_ID', 'no client is saved yet', { hint: 'npm run try -- --save NAME ./my-client {url}' })
  }
  const entries = new Map([...saved.keys()].map((id) => [id, { id }]))
  return select(entries, patterns, 'saved client').map(({ id }) => id)
}

/** Road and time are those that were typed; else those that were saved. */
function typed(program: ReturnType<typeof tryProgram>, saved: Saved, names: readonly string[]) {
  const setups = names.flatMap((name) => saved.get(name) ?? [])
  const isTyped = (name: string) => program.getOptionValueSource(name) === 'cli'
  const roads = [...new Set(setups.map(({ road }) => road))]
  const [road] = roads
  if (!isTyped('road') && roads.length > 1)
    program.error(`error: ${names.join(', ')} are saved for different roads: name one: --road ${road}`)
  return {
    ...(!isTyped('road') && road && { road }),
    ...(!isTyped('timeout') && { timeout: Math.max(...setups.map(({ timeout }) => timeout)) }),
  }
}

/** As commander itself says it of an argument that it knows to be required. */
const MISSING = { code: 'commander.missingArgument' }

function one(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function abilities(value: string, before: readonly Ability[]): Ability[] {
  const known = value.split(',').flatMap((word) => ABILITIES.filter((ability) => ability === word))
  if (known.length < value.split(',').length) throw new InvalidArgumentError(`it is none of ${ABILITIES.join(', ')}`)
  return [...new Set([...before, ...known])]
}

function milliseconds(text: string): number {
  const ms = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(ms >= 100 && ms <= 600_000)) throw new InvalidArgumentError('it is not a whole number of ms from 100 to 600000')
  return ms
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

function nameOf(command: string): string {
  return command.split('/').at(-1) || command
}
