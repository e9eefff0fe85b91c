// The proxy for a long time: visitors of all kinds, an upstream that is unwell now and then, certificates that are renewed.
// npm run soak -- --help
import { Agent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { SignJWT } from 'jose'
import { createMaterial } from '#certs/material.ts'
import { renew } from '#certs/rotation.ts'
import { runCommand } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { randomFrom } from '#lab/order.ts'
import { proxyFolder } from './proxy/files.ts'
import { type Idled, idle } from './soak/idle.ts'
import { forkProxy } from './soak/proxy-child.ts'
import type { Sample } from './soak/proxy-process.ts'
import { type Swapped, swapUnderLoad } from './soak/swaps.ts'
import { type Point, slope, told } from './soak/told.ts'
import { startUpstream } from './soak/upstream.ts'
import { type Counts, doingFor, visit } from './soak/visitors.ts'

/** MiB a minute that a heap may grow after collections before it is called a leak. */
const FLAT = 0.5
const SAMPLE_EVERY = 2_000
const RENEW_EVERY = 15_000
const SILENT = { plain: 5_000, tls: 10_000 }
const SWAPS = { requests: 100_000, renewals: 20 }
const now = () => new Date()

await runCommand(process, async (signal) => {
  const command = new Command('npm run soak --')
    .description('Visitors of all kinds at the proxy for a long time: does it stay as it was?')
    .option('--minutes <n>', 'how long', positive, 10)
    .option('--hour', 'an hour of it')
    .option('--swaps', 'instead: 100000 requests during 20 renewals, and none may fail')
    .option('--idle', 'instead: 5000 connections that say nothing, and 10000 with TLS: what each of them costs')
    .option('--visitors <n>', 'side by side', positive, 16)
    .option('--seed <n>', 'decides what they do, in which order', positive, Math.floor(Math.random() * 2 ** 31) + 1)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .exitOverride()
    .parse(process.argv)
  const {
    minutes,
    hour,
    swaps,
    idle: silent,
    visitors,
    seed,
  } = command.opts<{
    minutes: number
    hour?: true
    swaps?: true
    idle?: true
    visitors: number
    seed: number
  }>()
  if (silent) return sumOfIdle(await idle({ ...SILENT, signal }))
  process.stdout.write(`seed ${seed}\n`)
  if (swaps) return sumOfSwaps(await swapUnderLoad({ ...SWAPS, visitors, seed, signal, onShown }))
  return soak({ ms: (hour ? 60 : minutes) * 60_000, visitors, seed, signal })
})

function onShown(nth: number, asked: number): void {
  process.stderr.write(`renewal ${nth} of ${SWAPS.renewals} is shown, after ${asked} requests\n`)
}

function sumOfIdle({ plain, tls, fewer, samples, counts }: Idled): number {
  const { before, plain: first, both, after } = samples
  const cost = (from: Sample, to: Sample, many: number) => {
    const each = (of: (sample: Sample) => number) => `${(((of(to) - of(from)) * 1024) / many).toFixed(1)} KiB`
    return `${each(({ rss }) => rss)} of memory each, ${each(({ heap }) => heap)} of them heap`
  }
  if (fewer) process.stdout.write(`fewer than wanted: ${fewer}\n`)
  process.stdout.write(`${plain} connections that say nothing: ${cost(before, first, plain)}\n`)
  process.stdout.write(`${tls} with which TLS stands: ${cost(first, both, tls)}\n`)
  process.stdout.write(`handles: ${before.handles} before, ${both.handles} with them, ${after.handles} after\n`)
  process.stdout.write(`${counts.served} others served whole meanwhile\n`)
  const errors = after.errors > 0 ? [`${after.errors} lines of level error in its log`] : []
  return ended([...counted(counts.wrong), ...errors], 'Nobody was kept from being served, and nothing is left.')
}

function sumOfSwaps({ asked, served, handshakes, resumed, renewals, newest, wrong }: Swapped): number {
  const roads = Object.entries(served).map(([road, many]) => `${many} ${road}`)
  process.stdout.write(`${asked} requests: served whole on connections that were ${roads.join(', ')}\n`)
  process.stdout.write(`${handshakes} handshakes, ${resumed} of them took up a session; ${renewals} renewals\n`)
  const findings = [...counted(wrong), ...(newest ? [] : ['in the end not every name is shown its newest certificate'])]
  return ended(findings, 'None failed, and in the end the newest certificates are shown.')
}

interface Soak {
  readonly ms: number
  readonly visitors: number
  readonly seed: number
  readonly signal: AbortSignal
}

async function soak({ ms, visitors, seed, signal }: Soak): Promise<number> {
  await using opened = new AsyncDisposableStack()
  let material = await createMaterial({ now: now() })
  const files = opened.use(await proxyFolder(material))
  const upstream = opened.use(await startUpstream(material.nasa))
  const proxy = opened.use(
    await forkProxy({
      ...files.settings,
      ...{ PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`, PROXY_IDLE_TIMEOUT_MS: '500' },
      PROXY_ENFORCE_ATTESTATION: 'on',
    }),
  )
  const { port } = proxy
  const agent = new Agent({ keepAlive: true, maxSockets: visitors, timeout: 600_000 })
  opened.defer(() => agent.destroy())
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(material.attestationSecret))
  const counts: Counts = { served: 0, told: 0, left: 0, wrong: [] }
  const points: Point[] = []
  let renewals = 0
  const began = performance.now()
  const goesOn = () => performance.now() - began < ms && !signal.aborted && proxy.ended() === undefined
  const random = randomFrom(seed)
  const visiting = Array.from({ length: visitors }, async () => {
    while (goesOn()) await visit(doingFor(random()), { port, agent, token }, counts)
  })
  const renewing = repeat(RENEW_EVERY, goesOn, async () => {
    material = await renew(material, { deployment: 'self-signed', key: 'same', now: now() })
    await files.writePair('', material.proxySelfSigned)
    renewals += 1
  })
  const watching = repeat(SAMPLE_EVERY, goesOn, async () => {
    const sample = await proxy.tell()
    if (!sample) return
    const { served, told: faults, left, wrong } = counts
    const requests = served + faults + left + wrong.length
    points.push({ ...sample, at: (performance.now() - began) / 1000, requests })
  })
  await Promise.all([...visiting, renewing, watching])
  return sum({ points, counts, renewals, died: proxy.ended() })
}

async function repeat(every: number, goesOn: () => boolean, act: () => Promise<void>): Promise<void> {
  while (goesOn()) {
    await delay(every)
    if (goesOn()) await act()
  }
}

interface Outcome {
  readonly points: readonly Point[]
  readonly counts: Counts
  readonly renewals: number
  readonly died: number | NodeJS.Signals | undefined
}

function sum({ points, counts, renewals, died }: Outcome): number {
  const { served, told: faults, left, wrong } = counts
  const grows = slope(points, ({ heap }) => heap)
  const errors = points.at(-1)?.errors ?? 0
  process.stdout.write(`${told(points).join('\n')}\n\n`)
  process.stdout.write(`${served} served whole, ${faults} told of a fault, ${left} left early, ${renewals} renewals\n`)
  const findings = [
    ...(died === undefined ? [] : [`the proxy ended with ${died}`]),
    ...(errors > 0 ? [`${errors} lines of level error in its log`] : []),
    ...(points.length > 30 && grows > FLAT ? [`its heap grows by ${grows.toFixed(2)} MiB a minute`] : []),
    ...counted(wrong),
  ]
  return ended(findings, 'Nothing is wrong, and nothing grows.')
}

function counted(wrong: readonly string[]): string[] {
  return [...Map.groupBy(wrong, (what) => what)].map(([what, times]) => `${times.length} times ${what}`)
}

function ended(findings: readonly string[], well: string): number {
  for (const finding of findings) process.stdout.write(`wrong: ${finding}\n`)
  if (findings.length === 0) process.stdout.write(`${well}\n`)
  return findings.length === 0 ? EXIT.expected : EXIT.broken
}

function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('it is not a number above 0')
  return number
}
