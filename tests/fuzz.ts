// Hostile requests against the real proxy, as many as are wanted: npm run fuzz
import { randomInt } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import { runCommand } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { fuzz } from './proxy/fuzz/run.ts'
import { table, tellFindings } from './proxy/fuzz/tell.ts'

/** Requests between two lines of progress. */
const STEP = 10_000

const program = new Command('npm run fuzz --')
  .description('Sends hostile requests to the proxy and reports whatever it does that it must not do.')
  .option('--seed <number>', 'the same seed gives the same requests; a fresh one when absent', whole(0, 2 ** 31 - 1))
  .option('--requests <number>', 'how many', whole(1, Number.MAX_SAFE_INTEGER), 1_000_000)
  .option('--time <seconds>', 'ends it after so long', whole(1, 1_000_000))
  .option('--connections <number>', 'how many at a time', whole(1, 1_000), 48)
  .addHelpText('after', '\nExamples:\n  npm run fuzz -- --time 60\n  npm run fuzz -- --seed 7 --requests 20000')
  .exitOverride()
  .showSuggestionAfterError()
  .allowExcessArguments(false)

interface Options {
  readonly seed?: number
  readonly requests: number
  readonly time?: number
  readonly connections: number
}

await runCommand(process, async (interrupted) => {
  const { time, ...plan } = program.parse(process.argv).opts<Options>()
  const seed = plan.seed ?? randomInt(2 ** 31)
  process.stderr.write(`seed ${seed}\n`)
  const begun = performance.now()
  const signal = time === undefined ? interrupted : AbortSignal.any([interrupted, AbortSignal.timeout(time * 1_000)])
  let told = 0
  const report = await fuzz({
    ...plan,
    seed,
    signal,
    progress({ requests, reached, findings }) {
      if (requests < told + STEP) return
      told = requests
      process.stderr.write(`${requests} requests, ${reached} reached the upstream, ${findings.length} findings\n`)
    },
  })
  process.stdout.write(tellFindings(report) + table(report, (performance.now() - begun) / 1_000))
  if (report.findings.length > 0) return EXIT.surprise
  return interrupted.aborted ? EXIT.interrupted : EXIT.expected
})

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It is not a whole number from ${least} to ${most}.`)
  }
}
