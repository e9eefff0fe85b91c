// The proxy for a long time: visitors of all kinds, an upstream that is unwell now and then, certificates that are renewed.
// npm run soak -- --help
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { SignJWT } from 'jose'
import { createMaterial } from '#certs/material.ts'
import { renew } from '#certs/rotation.ts'
import { runCommand } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { randomFrom } from '#lab/order.ts'
import { proxyFolder } from './proxy/files.ts'
import type { Sample, Told } from './soak/proxy-process.ts'
import { type Point, slope, told } from './soak/told.ts'
import { startUpstream } from './soak/upstream.ts'
import { type Counts, doingFor, visit } from './soak/visitors.ts'

/** MiB a minute that a heap may grow after collections before it is called a leak. */
const FLAT = 0.5
const SAMPLE_EVERY = 2_000
const RENEW_EVERY = 15_000
const now = () => new Date()

await runCommand(process, async (signal) => {
  const command = new Command('npm run soak --')
    .description('Visitors of all kinds at the proxy for a long time: does it stay as it was?')
    .option('--minutes <n>', 'how long', positive, 10)
    .option('--hour', 'an hour of it')
    .option('--visitors <n>', 'side by side', positive, 16)
    .option('--seed <n>', 'decides what they do, in which order', positive, Math.floor(Math.random() * 2 ** 31) + 1)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .exitOverride()
    .parse(process.argv)
  const { minutes, hour, visitors, seed } = command.opts<{
    minutes: number
    hour?: true
    visitors: number
    seed: number
  }>()
  process.stdout.write(`seed ${seed}\n`)
  return soak({ ms: (hour ? 60 : minutes) * 60_000, visitors, seed, signal })
})

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
  const child = fork(fileURLToPath(new URL('./soak/proxy-process.ts', import.meta.url)), {
    execArgv: ['--expose-gc'],
    env: {
      PATH: process.env.PATH,
      ...files.settings,
      ...{ PROXY_PORT: '0', PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`, PROXY_IDLE_TIMEOUT_MS: '500' },
      PROXY_ENFORCE_ATTESTATION: 'on',
    },
  })
  const ended = once(child, 'exit')
  opened.defer(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const tell = async () => ((await once(child, 'message')) as [Told])[0]
  const first = await tell()
  const port = 'port' in first ? first.port : 0
  const agent = new Agent({ keepAlive: true, maxSockets: visitors })
  opened.defer(() => agent.destroy())
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(material.attestationSecret))
  const counts: Counts = { served: 0, told: 0, left: 0, wrong: [] }
  const points: Point[] = []
  let renewals = 0
  const began = performance.now()
  const goesOn = () => performance.now() - began < ms && !signal.aborted && child.exitCode === null
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
    child.send('how are you?')
    const sample = (await Promise.race([tell(), ended.then(() => undefined)])) as Sample | undefined
    if (!sample) return
    const { served, told: faults, left, wrong } = counts
    const requests = served + faults + left + wrong.length
    points.push({ ...sample, at: (performance.now() - began) / 1000, requests })
  })
  await Promise.all([...visiting, renewing, watching])
  return sum({ points, counts, renewals, died: child.exitCode })
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
  readonly died: number | null
}

function sum({ points, counts, renewals, died }: Outcome): number {
  const { served, told: faults, left, wrong } = counts
  const grows = slope(points, ({ heap }) => heap)
  const errors = points.at(-1)?.errors ?? 0
  process.stdout.write(`${told(points).join('\n')}\n\n`)
  process.stdout.write(`${served} served whole, ${faults} told of a fault, ${left} left early, ${renewals} renewals\n`)
  const findings = [
    ...(died === null ? [] : [`the proxy ended with ${died}`]),
    ...(errors > 0 ? [`${errors} lines of level error in its log`] : []),
    ...(points.length > 30 && grows > FLAT ? [`its heap grows by ${grows.toFixed(2)} MiB a minute`] : []),
    ...[...Map.groupBy(wrong, (what) => what)].map(([what, times]) => `${times.length} times ${what}`),
  ]
  for (const finding of findings) process.stdout.write(`wrong: ${finding}\n`)
  if (findings.length === 0) process.stdout.write('Nothing is wrong, and nothing grows.\n')
  return findings.length === 0 ? EXIT.expected : EXIT.broken
}

function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('it is not a number above 0')
  return number
}
