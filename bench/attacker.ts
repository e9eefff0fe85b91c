// New connections that the attacker intercepts, from one at a time to 512: TLS handshake with a forged certificate, one
// request read and passed on, the answer passed back. Beside mitmdump (where it is installed), mockttp as it comes, and
// TLS alone, whose share of the attacker's cost that shows. They take turns. Then what a host's first connection costs.
import { existsSync } from 'node:fs'
import { HOSTS } from '#kit/names.ts'
import { grow, printGrowth } from './support/growth.ts'
import { type Interceptor, startInterceptors, visit } from './support/interceptors.ts'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns, sideBySide } from './support/turns.ts'

const BENCH = 'attacker'
const ROUNDS = 5
const CROWDS = [1, 8, 16, 64, 512]
/** Enough for a process's CPU to be told, which Linux counts in hundredths of a second. */
const FEWEST = 48
const MOST = 96
const USUAL = 16
const MANY = 1_000
const NEW_HOSTS = 24

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
await using interceptors = await startInterceptors()
const { attacker, mitmdump, mockttp, terminator } = interceptors
const peers = [...(mitmdump ? [mitmdump] : []), mockttp]
if (!mitmdump) process.stdout.write('  without mitmdump, for it is not installed\n')

let named = 0
// First, for what a crowd has taken is kept.
await memory()
await crowds()
await forgings()

async function memory(): Promise<void> {
  for (const { name, running, ready } of [attacker, ...peers]) {
    const { port } = await ready(HOSTS.api)
    await sideBySide(USUAL, MANY, () => visit(port, HOSTS.api))
    const remark = name === attacker.name ? 'aim: 200 at most' : undefined
    const what = `memory after ${MANY}, ${USUAL} at a time: ${name}`
    figure({ bench: BENCH, what, value: await running.memory(), unit: 'MiB' }, remark)
  }
}

interface Rate {
  /** connections a second, and a second of CPU */
  readonly wall: number
  readonly cpu: number
}

async function crowds(): Promise<void> {
  const rows = await grow([attacker, ...peers, terminator], { crowds: CROWDS, rounds: ROUNDS, measure: rateOf })
  const table = { bench: BENCH, what: 'new connections', crowds: CROWDS, of: 'at a time' }
  printGrowth(rows, { ...table, unit: '/s', value: ({ wall }) => wall })
  printGrowth(rows, { ...table, what: 'new connections, by CPU', unit: '/s of CPU', value: ({ cpu }) => cpu })
  const usual = (row: (typeof rows)[number] | undefined) => {
    const rates = row?.cells[CROWDS.indexOf(USUAL)] ?? []
    return typeof rates === 'string' ? [] : rates.map(({ cpu }) => cpu)
  }
  const share = 100 * ratioOf(usual(rows[0]), usual(rows.at(-1)))
  figure({ bench: BENCH, what: `share of TLS in the attacker, ${USUAL} at a time`, value: share, unit: '% of CPU' })
}

async function rateOf({ running, ready }: Interceptor, crowd: number): Promise<Rate> {
  const { port } = await ready(HOSTS.api)
  const times = Math.max(crowd, Math.min(MOST, FEWEST * crowd))
  const [cpu, began] = [await running.cpu(), performance.now()]
  await sideBySide(crowd, times, () => visit(port, HOSTS.api))
  const wall = (performance.now() - began) / 1000
  return { wall: times / wall, cpu: times / ((await running.cpu()) - cpu) }
}

/** What is forged for a host is forged for its first connection, and shown to all that follow. */
async function forgings(): Promise<void> {
  const all = [attacker, ...peers]
  const rounds = await inTurns(all, NEW_HOSTS, newHost)
  for (const [index, { name }] of all.entries()) {
    const hosts = rounds[index] ?? []
    const [first, later] = [hosts.map((host) => host.first), hosts.map((host) => host.later)]
    const forged = new Set(hosts.flatMap(({ shown }) => shown)).size
    figure({ bench: BENCH, what: `first connection to a host: ${name}`, value: median(first), unit: 'ms' })
    figure({ bench: BENCH, what: `the next to it: ${name}`, value: median(later), unit: 'ms' })
    figure({ bench: BENCH, what: `first beside next: ${name}`, value: ratioOf(first, later), unit: TIMES })
    const remark = `for ${NEW_HOSTS} hosts, two connections each`
    figure({ bench: BENCH, what: `certificates shown: ${name}`, value: forged, unit: 'different' }, remark)
  }
}

async function newHost({ ready }: Interceptor) {
  named += 1
  const host = `host-${named}.lab.test`
  const timed = async () => {
    const { port, ms } = await ready(host)
    const began = performance.now()
    const shown = await visit(port, host)
    return { shown, ms: ms + performance.now() - began }
  }
  const [first, later] = [await timed(), await timed()]
  return { first: first.ms, later: later.ms, shown: [first.shown, later.shown] }
}
