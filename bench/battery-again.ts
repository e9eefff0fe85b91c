// Whether anything is lost to concurrency: the whole battery once one by one, then again and again with all plays that
// fit side by side. Each must tell the same. The peer is the run one by one. Takes minutes.
import { availableParallelism } from 'node:os'
import { battery } from '#lab/battery.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { frugalFromTheStart, frugalWhenLong } from '#lab/frugal.ts'
import type { Run } from '#lab/result.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const ROUNDS = 20
const WIDTH = 4 * availableParallelism()

frugalFromTheStart()
const now = () => new Date()
const catalogues = await loadCatalogues()
const attacks = [...catalogues.attacks.values()]
const clients = [...catalogues.clients.values()]
frugalWhenLong(attacks.length * clients.length)
await using stage = await embeddedStage({ clients: catalogues.clients, now })

const run = (jobs: number) => battery(stage, { attacks, clients, road: 'takeover', jobs, versions: {}, now })

const told = ({ results }: Run) =>
  new Map(
    results.map(({ attack, client, verdict, reason, surprise }) => [
      `${attack} × ${client}`,
      `${verdict}${reason ? ` (${reason})` : ''}${surprise ? ', a surprise' : ''}`,
    ]),
  )

const first = await run(1)
const expected = told(first)
print('one by one', first, [])
for (let round = 1; round <= ROUNDS; round += 1) {
  const again = await run(WIDTH)
  const other = [...told(again)].filter(([pair, verdict]) => expected.get(pair) !== verdict)
  print(`${round} of ${ROUNDS}, ${WIDTH} side by side`, again, other)
}
process.stdout.write(`  memory at its highest: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`)

function print(what: string, { ms, results }: Run, other: readonly (readonly [string, string])[]): void {
  const inconclusive = results.filter(({ verdict }) => verdict === 'inconclusive').length
  const figures = `${ms} ms, ${results.length} pairs, ${inconclusive} inconclusive, ${other.length} told otherwise`
  process.stdout.write(`  ${what.padEnd(24)} ${figures}\n`)
  for (const [pair, verdict] of other) {
    process.stdout.write(`    ${pair}: ${verdict}; one by one ${expected.get(pair)}\n`)
  }
}
