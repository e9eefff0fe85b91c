import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ROADS, type Road } from '#kit/check.ts'
import { MOST_SEED } from './order.ts'
import type { Terminal } from './terminal.ts'

/** What every command of the lab understands. */
export interface LabOptions {
  readonly attack: readonly string[]
  readonly client: readonly string[]
  readonly road: Road
  readonly jobs: number
  readonly list: boolean
  /** Decides in which order plays begin. */
  readonly seed: number
}

export interface CommandText {
  /** As it is typed: `npm run attack-demo --`. */
  readonly name: string
  readonly description: string
  readonly examples: string
  /** Where they mean something else than usual. */
  readonly exitCodes?: string
  /** What --client chooses, and --list lists, where that is not the catalogue. */
  readonly clients?: string
  readonly lists?: string
}

const EXIT_CODES = 'Exit codes: 0 as expected, 3 surprises, 2 wrong use, 1 the lab itself broke, 130 interrupted.'
const CUSTOMS = `
NO_COLOR is honoured. stdout is the result, stderr is the talk.`

/** A command with the options that all have; each adds its own. It throws CommanderError instead of ending the process. */
export function labCommand({ stdout, stderr }: Terminal, text: CommandText): Command {
  const { name, description, examples, exitCodes = EXIT_CODES } = text
  const { clients = 'only these clients', lists = 'list attacks and clients' } = text
  return new Command(name)
    .description(description)
    .addOption(
      new Option('-a, --attack <id or glob>', 'only these attacks (repeatable); the control always runs')
        .argParser(collect)
        .default([], 'all'),
    )
    .addOption(new Option('-c, --client <id or glob>', `${clients} (repeatable)`).argParser(collect).default([], 'all'))
    .addOption(new Option('--road <road>', 'how the attacker gets between').choices([...ROADS]).default('takeover'))
    .addOption(
      new Option('-j, --jobs <n>', 'plays side by side')
        .argParser(wholeNumber)
        .default(4 * availableParallelism(), 'four a core'),
    )
    .addOption(
      new Option('--seed <n>', 'begin the plays in the order of an earlier run')
        .argParser(seedOf)
        .default(randomInt(MOST_SEED + 1), 'a new one'),
    )
    .option('-l, --list', `${lists}, run nothing`, false)
    .addHelpText('after', `\nExamples:\n${examples}\n\n${exitCodes}${CUSTOMS}`)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(all options: --help)')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
}

/** @throws CommanderError for --help and wrong use, which it has explained already */
export function parse<T extends object>(command: Command, { args }: Terminal): T {
  return command.parse([...args], { from: 'user' }).opts<T>()
}

/** For an option that may be given several times, and takes several values at once with commas. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, ...value.split(',')]
}

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > MOST_SEED) {
    throw new InvalidArgumentError(`it is not a whole number from 0 to ${MOST_SEED}`)
  }
  return Number(text)
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('it is not a whole number from 1 to 9999')
  return Number(text)
}
