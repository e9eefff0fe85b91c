import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ROADS, type Road } from '#kit/check.ts'
import type { Terminal } from './terminal.ts'

export interface LabOptions {
  readonly attack: readonly string[]
  readonly client: readonly string[]
  readonly road: Road
  readonly jobs: number
  readonly json: boolean
  readonly list: boolean
  /** Where the JSON goes; a folder gets `attack-demo.json`. */
  readonly out: string
}

const EXAMPLES = `
Examples:
  npm run attack-demo                                              the story and the matrix
  npm run attack-demo -- --client pinned-key                       one client, all attacks
  npm run attack-demo -- --attack 'trusted-*' --road proxy         through an explicit proxy
  npm run --silent attack-demo -- --json | jq '.results[].verdict' for programs

Exit codes: 0 as expected, 3 surprises, 2 wrong use, 1 the lab itself broke, 130 interrupted.
NO_COLOR is honoured. stdout is the result, stderr is the talk.`

/** @throws CommanderError for --help, --version and wrong use, which it has explained already */
export function parseOptions({ args, stdout, stderr }: Terminal, name: string): LabOptions {
  const command = new Command(name)
    .description(
      "Can someone in the middle read my app's traffic? Attacks × clients, judged by what the attacker received.",
    )
    .addOption(
      new Option('-a, --attack <id or glob>', 'only these attacks (repeatable); the control always runs')
        .argParser(collect)
        .default([], 'all'),
    )
    .addOption(
      new Option('-c, --client <id or glob>', 'only these clients (repeatable)').argParser(collect).default([], 'all'),
    )
    .addOption(new Option('--road <road>', 'how the attacker gets between').choices([...ROADS]).default('takeover'))
    .addOption(
      new Option('-j, --jobs <n>', 'plays side by side')
        .argParser(wholeNumber)
        .default(4 * availableParallelism(), 'four a core'),
    )
    .option('--json', 'print the whole result as JSON, and nothing else', false)
    .option('-l, --list', 'list attacks and clients, run nothing', false)
    .option('-o, --out <file or folder>', 'where the JSON goes', 'reports')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(all options: --help)')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
  return command.parse([...args], { from: 'user' }).opts<LabOptions>()
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, ...value.split(',')]
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('it is not a whole number from 1 to 9999')
  return Number(text)
}
