// What the proxy costs, in requests per second of CPU, with all that it does: beside nginx (where it is installed), beside
// Fastify with @fastify/http-proxy, and beside a bare pipeline of Node's. They take turns, so that a busy machine slows
// all. Linux only, for that is where the CPU of a process can be read.

import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { handshakes, load, slowReaders } from './support/load.ts'
import type { Running } from './support/process.ts'
import { HOST, startProxies } from './support/proxies.ts'
import { figure, median } from './support/results.ts'

const ROUNDS = 5
/** ms */
const TIME = 1_500
const READERS = 64
/** More than the proxy remembers. */
const TOKENS = 15_000
const BENCH = 'proxy'

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
await using proxies = await startProxies()
const { ours, fastify, bare, nginx, material } = proxies
const peers = {
  'Fastify, @fastify/http-proxy': fastify,
  'a bare pipeline': bare,
  ...(nginx && { nginx }),
}
const tokens = Array.from({ length: TOKENS }, (_, number) => tokenFor(number))
const oneToken = () => ({ 'approov-token': tokens[0] ?? '' })
let next = 0
const everyToken = () => {
  next += 1
  return { 'approov-token': tokens[next % TOKENS] ?? '' }
}
const asking = (path: string, connections: number, headers = oneToken) => ({
  act: (running: Running, time: number) =>
    load({ port: running.port, path: `/${HOST}${path}`, headers, connections, time }),
})

for (const connections of [1, 8, 64, 512]) {
  await compare(`1 KiB, ${connections} ${connections === 1 ? 'connection' : 'connections'}`, asking('/1k', connections))
}
await compare('1 MiB, 16 connections', asking('/1m', 16))
const shake = { act: ({ port }: Running, time: number) => handshakes({ port, time }) }
await compare('whole TLS handshakes', shake)
await against('1 KiB, 64 connections', asking('/1k', 64), 'each time another token', asking('/1k', 64, everyToken))
await against('a day as JSON, its addresses rewritten', asking('/day', 16), '1 KiB', asking('/1k', 16))
await against('4200 days, 5 MiB, rewritten', asking('/days', 4), 'the same, unread', asking('/days-unread', 4))
await memory()

interface Act {
  /** @returns how often it was done in that time */
  readonly act: (running: Running, time: number) => Promise<number>
}

/** Ours beside all peers. */
async function compare(what: string, act: Act): Promise<void> {
  const all = Object.entries({ 'the proxy': ours, ...peers }).map(([name, running]) => ({ name, running, ...act }))
  print(what, await inTurns(all))
}

/** Ours, in two ways. */
async function against(what: string, act: Act, other: string, otherAct: Act): Promise<void> {
  print(
    what,
    await inTurns([
      { name: 'the proxy', running: ours, ...act },
      { name: other, running: ours, ...otherAct },
    ]),
  )
}

interface Contender extends Act {
  readonly name: string
  readonly running: Running
}

type Rates = readonly (readonly [name: string, perSecond: readonly number[]])[]

async function inTurns(all: readonly Contender[]): Promise<Rates> {
  const rates = all.map(({ name }) => [name, [] as number[]] as const)
  for (const one of all) await measure(one, TIME / 2)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < all.length; turn += 1) {
      const index = (round + turn) % all.length
      const one = all[index]
      if (one) rates[index]?.[1].push(await measure(one, TIME))
    }
  }
  return rates
}

/** How often for each second of CPU. */
async function measure({ running, act }: Contender, time: number): Promise<number> {
  const before = await running.cpu()
  const done = await act(running, time)
  return done / ((await running.cpu()) - before)
}

function print(what: string, rates: Rates): void {
  const [, mine = []] = rates[0] ?? []
  for (const [name, perSecond] of rates) {
    const ratio = median(mine.map((value, round) => value / (perSecond[round] ?? value)))
    const remark = perSecond === mine ? '' : `the proxy is ${ratio.toFixed(2)} times that`
    figure({ bench: BENCH, what: `${what}: ${name}`, value: median(perSecond), unit: '/s of CPU' }, remark)
  }
}

/** What 64 keep in memory who have begun with 64 MiB each, and read no further. */
async function memory(): Promise<void> {
  const idle = await ours.memory()
  using _ = await slowReaders({ port: ours.port, path: `/${HOST}/64m`, headers: oneToken }, READERS)
  let most = 0
  for (let look = 0; look < 10; look += 1) {
    await load({ port: ours.port, path: `/${HOST}/1k`, headers: oneToken, connections: 4, time: 200 })
    most = Math.max(most, (await ours.memory()) - idle)
  }
  figure(
    { bench: BENCH, what: `memory above idle, ${READERS} slow readers`, value: most, unit: 'MiB' },
    'aim: 80 at most',
  )
}

function tokenFor(number: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600, jti: number })}`
  return `${text}.${createHmac('sha256', material.attestationSecret).update(text).digest('base64url')}`
}
