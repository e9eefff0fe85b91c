// Whether anything is lost to concurrency: the whole battery once one by one, then again and again with all plays that
// fit side by side. Each must tell the same. The peer is the run one by one. Takes minutes.
import { availableParallelism } from 'node:os'
import { battery } from '#lab/battery.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { frugalFromTheStart, frugalWhenLong } from '#lab/frugal.ts'
import type { Run } from '#lab/result.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { figure, median, TIMES } from './support/results.ts'

const BENCH = 'battery-again'
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
const rounds = [{ ...counted(first), other: 0 }]
tell('the battery, one by one', { value: first.ms, unit: 'ms' }, `${first.results.length} pairs`)
for (let round = 1; round <= ROUNDS; round += 1) {
  const again = await run(WIDTH)
  const other = [...told(again)].filter(([pair, verdict]) => expected.get(pair) !== verdict)
  rounds.push({ ...counted(again), other: other.length })
  process.stdout.write(`  ${round} of ${ROUNDS}: ${again.ms} ms, ${other.length} told otherwise\n`)
  for (const [pair, verdict] of other) {
    process.stdout.write(`    ${pair}: ${verdict}; one by one ${expected.get(pair)}\n`)
  }
}
const wide = median(rounds.slice(1).map(({ ms }) => ms))
const total = (count: (round: (typeof rounds)[number]) => number) =>
  rounds.map(count).reduce((sum, one) => sum + one, 0)
tell('side by side', { value: wide, unit: 'ms' }, `${WIDTH} at once, the median of ${ROUNDS}`)
tell('side by side beside one by one', { value: wide / first.ms, unit: TIMES })
tell('inconclusive, in all rounds', { value: total(({ inconclusive }) => inconclusive), unit: 'plays' })
tell('told otherwise, in all rounds', { value: total(({ other }) => other), unit: 'plays' }, 'aim: 0')
tell('memory at its highest', { value: process.resourceUsage().maxRSS / 1024, unit: 'MiB' })

function counted({ ms, results }: Run) {
  return { ms, inconclusive: results.filter(({ verdict }) => verdict === 'inconclusive').length }
}

function tell(what: string, measured: { readonly value: number; readonly unit: string }, remark?: string): void {
  figure({ bench: BENCH, what, ...measured }, remark)
}
