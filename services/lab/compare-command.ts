import { Command } from 'commander'
import { EXIT } from '#kit/error.ts'
import { differencesInWords, differencesOf } from './differences.ts'
import { readRun } from './read-run.ts'
import type { Run } from './result.ts'
import type { Terminal } from './terminal.ts'

/** `npm run battery -- compare`. Gives the exit code: 3 when the two differ. */
export async function compareCommand({ args, stdout, stderr }: Terminal): Promise<number> {
  const command = new Command('npm run battery -- compare')
    .description(
      'Prints each pair of attack and client of which two runs tell something different; 3 when there is one.',
    )
    .argument('<one>', 'what --reporter json=FILE has written')
    .argument('<other>', 'the same on another stage, another road, another version of Node')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
    .parse(args.slice(1), { from: 'user' })
  const [one = '', other = ''] = command.args
  return compareRuns(await readRun(one, 'a run of the battery'), await readRun(other, 'a run of the battery'), stdout)
}

/** Prints where the two differ, and gives the exit code. */
export function compareRuns(one: Run, other: Run, out: Pick<Terminal['stdout'], 'write'>): number {
  const differences = differencesOf(one, other)
  out.write(differencesInWords(differences, namesOf(one, other)))
  return differences.differing.length > 0 ? EXIT.surprise : EXIT.expected
}

/** What sets the two apart: their stages, their roads, or only that they are two. */
function namesOf(one: Run, other: Run): [string, string] {
  if (one.stage !== other.stage) return [one.stage, other.stage]
  return one.road === other.road ? ['the first run', 'the second'] : [one.road, other.road]
}
