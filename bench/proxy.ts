// What the proxy costs, in requests per second of CPU, with all that it does: beside nginx (where it is installed), beside
// Fastify with @fastify/http-proxy, and beside a bare pipeline of Node's. They take turns, so that a busy machine slows
// all. Linux only, for that is where the CPU of a process can be read.

import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { CROWDS, grow, printGrowth } from './support/growth.ts'
import { type Busy, handshakes, load, slowReaders } from './support/load.ts'
import type { Running } from './support/process.ts'
import { HOST, startProxies } from './support/proxies.ts'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns } from './support/turns.ts'

const ROUNDS = 5
/** ms */
const TIME = 1_000
const WARM_UP = 12_000
const READERS = 64
/** More than the proxy remembers. */
const TOKENS = 15_000
const BENCH = 'proxy'

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
await using proxies = await startProxies()
const { ours, material } = proxies
const contenders = [
  { name: 'the proxy', running: ours },
  { name: 'Fastify, @fastify/http-proxy', running: proxies.fastify },
  { name: 'a bare pipeline', running: proxies.bare },
  ...(proxies.nginx ? [{ name: 'nginx', running: proxies.nginx }] : []),
]
const tokens = Array.from({ length: TOKENS }, (_, number) => tokenFor(number))
const oneToken = () => ({ 'approov-token': tokens[0] ?? '' })
let next = 0
const everyToken = () => {
  next += 1
  return { 'approov-token': tokens[next % TOKENS] ?? '' }
}
type Begin = (running: Running, connections: number) => Busy | Promise<Busy>
const asking =
  (path: string, headers = oneToken): Begin =>
  ({ port }, connections) =>
    load({ port, path: `/${HOST}${path}`, opening: `/${HOST}/1k`, headers, connections })

// First, for what a crowd has taken is kept, and would show no growth.
await memory()
const shaking: Begin = ({ port }, connections) => handshakes({ port, connections })
await growing('1 KiB', asking('/1k'), { of: 'connections', rounds: ROUNDS })
// A crowd of 512 moves half a GiB each time.
await growing('1 MiB', asking('/1m'), { of: 'connections', rounds: 3 })
await growing('whole TLS handshakes', shaking, { of: 'at a time', rounds: ROUNDS })
await against(['each time another token', asking('/1k', everyToken)], ['the same token', asking('/1k')], 64)
await against(['a day as JSON, its addresses rewritten', asking('/day')], ['1 KiB', asking('/1k')], 16)
await against(['4200 days, 5 MiB, rewritten', asking('/days')], ['the same, unread', asking('/days-unread')], 4)

/** Ours beside all peers, from one connection to a crowd. */
async function growing(what: string, begin: Begin, { of, rounds }: { of: string; rounds: number }): Promise<void> {
  const measure = (one: { running: Running }, crowd: number) => perCpu(one.running, crowd, begin)
  const rows = await grow(contenders, { crowds: CROWDS, rounds, measure })
  printGrowth(rows, { bench: BENCH, what, unit: '/s of CPU', crowds: CROWDS, of, value: (rate) => rate })
}

/** Ours, in two ways. */
async function against(one: readonly [string, Begin], other: readonly [string, Begin], connections: number) {
  const [mine = [], others = []] = await inTurns([one, other], ROUNDS, ([, begin]) => perCpu(ours, connections, begin))
  figure({ bench: BENCH, what: one[0], value: median(mine), unit: '/s of CPU' })
  figure({ bench: BENCH, what: `  ${other[0]}`, value: median(others), unit: '/s of CPU' })
  figure({ bench: BENCH, what: `  ${one[0]}, beside that`, value: ratioOf(mine, others), unit: TIMES })
}

/** How often for each second of CPU, once the connections are open. */
async function perCpu(running: Running, connections: number, begin: Begin): Promise<number> {
  await using busy = await begin(running, connections)
  const before = await running.cpu()
  const done = await busy.keep(TIME)
  return done / ((await running.cpu()) - before)
}

/** What 64 keep in memory who have begun with 64 MiB each, and read no further, while others are served as before. */
async function memory(): Promise<void> {
  for (const { name, running } of contenders.filter(({ running }) => running === ours || running === proxies.bare)) {
    await using busy = await asking('/1k')(running, 4)
    // Until what it does is compiled, and the heap has its size.
    await busy.keep(WARM_UP)
    const idle = await running.memory()
    using _ = await slowReaders({ port: running.port, path: `/${HOST}/64m`, headers: oneToken }, READERS)
    let most = 0
    for (let look = 0; look < 10; look += 1) {
      await busy.keep(200)
      most = Math.max(most, (await running.memory()) - idle)
    }
    const what = `memory above idle, ${READERS} slow readers: ${name}`
    figure({ bench: BENCH, what, value: most, unit: 'MiB' }, running === ours ? 'aim: 80 at most' : '')
  }
}

function tokenFor(number: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600, jti: number })}`
  return `${text}.${createHmac('sha256', material.attestationSecret).update(text).digest('base64url')}`
}
