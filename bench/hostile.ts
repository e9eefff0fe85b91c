// What hostile clients cost the others: how long an honest client waits while a crowd is at the proxy, beside the same
// client alone, in turns. The crowd is a process of its own; on a machine of few cores it takes its share of them too.
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Client } from 'undici'
import type { Kind } from './support/crowd.ts'
import { runScript } from './support/process.ts'
import { HOST, startProxies } from './support/proxies.ts'
import { figure, median, ratioOf } from './support/results.ts'

const BENCH = 'hostile'
const ROUNDS = 3
/** ms */
const WINDOW = 1_500

const CROWDS: readonly {
  readonly kind: Kind
  readonly count: number
  readonly words: string
  readonly path?: string
}[] = [
  { kind: 'silent', count: 2_000, words: '2000 connections without a byte of TLS' },
  { kind: 'idle', count: 2_000, words: '2000 that say nothing over TLS' },
  { kind: 'dripping heads', count: 500, words: '500 that drip their headers' },
  { kind: 'dripping bodies', count: 500, words: '500 that drip their bodies' },
  { kind: 'never reading', count: 64, words: '64 that never read what they asked for' },
  { kind: 'handshakes', count: 100, words: '100 new handshakes a second' },
  { kind: 'flooding', count: 16, words: '16 with one handshake after the other' },
  { kind: 'leaving', count: 50, words: '50 a second that leave within a picture', path: '/1m' },
]

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
await using proxies = await startProxies()
const { ours, material } = proxies
const token = tokenOf()
await waited()
for (const { kind, count, words, path = '/64m' } of CROWDS) {
  const [alone, besides]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await waited())
    const order = { port: ours.port, kind, count, token, path: `/${HOST}${path}` }
    await using _crowd = await runScript('./crowd.ts', { CROWD: JSON.stringify(order) })
    // Until as much is on its way as there ever is.
    await waited()
    besides.push(await waited())
  }
  const remark = `alone ${median(alone).toFixed(2)} ms: ${ratioOf(besides, alone).toFixed(2)} times that; aim: 2 at most`
  figure({ bench: BENCH, what: words, value: median(besides), unit: 'ms' }, remark)
}

/** ms for an answer of 1 KiB, over a connection that stays open, from an upstream that takes 10: the median of one window. */
async function waited(): Promise<number> {
  const client = new Client(`https://localhost:${ours.port}`, { connect: { rejectUnauthorized: false } })
  const times: number[] = []
  const until = performance.now() + WINDOW
  try {
    while (performance.now() < until) {
      const asked = performance.now()
      const headers = { 'approov-token': token }
      const { statusCode, body } = await client.request({ method: 'GET', path: `/${HOST}/later`, headers })
      await body.dump()
      if (statusCode !== 200) throw new Error(`an honest client was answered with ${statusCode}`)
      times.push(performance.now() - asked)
    }
    return median(times)
  } finally {
    await client.destroy()
  }
}

function tokenOf(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}`
  return `${text}.${createHmac('sha256', material.attestationSecret).update(text).digest('base64url')}`
}
