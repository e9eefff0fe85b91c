// What pins add to a fresh TLS connection. The peer is tls.connect alone, against the same server, with the same trust
// store and Node's own checks; they take turns, so that a busy machine slows all.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { checkServerIdentity, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Credentials } from '#certs/credentials.ts'
import { createMaterial } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'
import { certificateTrust } from '#pin/certificate-trust.ts'
import { keyTrust } from '#pin/key-trust.ts'
import { connectTrusted } from '#pin/tls.ts'
import type { Target, Trust } from '#pin/trust.ts'

const ROUNDS = 60
const PER_ROUND = 20
// What ours sets too, so that the ratio is of the checks alone.
const SAME = { noDelay: true, ALPNProtocols: ['http/1.1'] }

async function measure(): Promise<void> {
  const { proxyCaSigned, proxySelfSigned, root, shipped } = await createMaterial({ now: new Date() })
  const keys = keyTrust({ pins: shipped.pins, ca: [root.chain] })
  await compare('key pin', { host: HOSTS.api, credentials: proxyCaSigned, trust: keys })
  const certificate = certificateTrust({ certificates: [shipped.certificate], hostname: 'checked' })
  await compare('certificate pin', { host: HOSTS.proxy, credentials: proxySelfSigned, trust: certificate })
}

interface Case {
  readonly host: string
  readonly credentials: Credentials
  readonly trust: Trust
}

async function compare(what: string, { host, credentials, trust }: Case): Promise<void> {
  const server = new Worker(fileURLToPath(import.meta.url), { workerData: credentials })
  const [port]: [number] = (await once(server, 'message')) as [number]
  const target = { host, port }
  // The peer runs twice: how far it is from itself says how much of a ratio is the machine's noise.
  const bare = { open: () => connectBare(target, trust), times: [] as number[] }
  const again = { open: bare.open, times: [] as number[] }
  const pinned = { open: () => connectPinned(target, trust), times: [] as number[] }
  const arms = [bare, pinned, again]
  for (const arm of arms) await timed(arm.open)
  for (let round = 0; round < ROUNDS; round += 1) {
    // Taking turns at going first, for whoever comes second finds warmer caches.
    for (let turn = 0; turn < arms.length; turn += 1) {
      const arm = arms[(round + turn) % arms.length]
      arm?.times.push(await timed(arm.open))
    }
  }
  const connection = median(bare.times)
  const ratio = (arm: { times: number[] }) => median(arm.times.map((time, round) => time / (bare.times[round] ?? time)))
  print(`${what}: fresh connection`, `${median(pinned.times).toFixed(0)} µs`)
  print('  tls.connect', `${connection.toFixed(0)} µs`)
  print('  ratio', `${ratio(pinned).toFixed(3)} (${ROUNDS} rounds of ${PER_ROUND} connections)`)
  print('  ratio of tls.connect to itself', `${ratio(again).toFixed(3)} (the noise)`)
  const check = await checkCost(target, trust)
  print('  check beside tls.checkServerIdentity', `${check.toFixed(1)} µs more`)
  print('  check / connection', `${((100 * check) / connection).toFixed(2)} % (aim: 2 % at most)`)
  if (what === 'key pin')
    print('  check that walks the chain to a no', `${(await worstCost(target, trust)).toFixed(0)} µs`)
  await server.terminate()
}

function print(what: string, figure: string): void {
  process.stdout.write(`  ${what.padEnd(38)} ${figure}\n`)
}

/** µs for one connection, over a round */
async function timed(open: () => Promise<TLSSocket>): Promise<number> {
  const started = performance.now()
  for (let count = 0; count < PER_ROUND; count += 1) (await open()).destroy()
  return ((performance.now() - started) * 1000) / PER_ROUND
}

async function connectBare({ host, port }: Target, { context }: Trust): Promise<TLSSocket> {
  const socket = connect({ host, port, lookup: loopback, servername: host, secureContext: context, ...SAME })
  await once(socket, 'secureConnect')
  return socket
}

function connectPinned(target: Target, trust: Trust): Promise<TLSSocket> {
  return connectTrusted(target, { trust, timeout: 10_000, track() {}, lookup: loopback })
}

// Both sides resolve the name, and neither asks a resolver.
const loopback: NonNullable<Parameters<typeof connectTrusted>[1]['lookup']> = (_host, options, callback) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

/** µs that the check of a server that is known already takes on top of what Node does anyway. */
async function checkCost(target: Target, trust: Trust): Promise<number> {
  const certificate = await certificateOf(target, trust)
  const node = () => costOf(500, () => checkServerIdentity(target.host, certificate))
  const ours = () => costOf(500, () => trust.identify(target, certificate))
  // Turns again, and the median of them: compilers warm up, and others use the machine.
  return median(Array.from({ length: ROUNDS }, () => ours() - node()))
}

/** µs for a pin that does not match, which is the longest way, and nothing of it is remembered. */
async function worstCost(target: Target, trust: Trust): Promise<number> {
  const certificate = await certificateOf(target, trust)
  const pins = [{ host: target.host, pins: [`sha256/${'A'.repeat(43)}=`] }]
  const ca = [new X509Certificate(certificate.raw).toString()]
  const strict = keyTrust({ pins, ca, allowSinglePin: true })
  return median(Array.from({ length: ROUNDS }, () => costOf(5, () => strict.identify(target, certificate))))
}

async function certificateOf(target: Target, trust: Trust): Promise<DetailedPeerCertificate> {
  const socket = await connectBare(target, trust)
  const certificate = socket.getPeerCertificate(true)
  socket.destroy()
  return certificate
}

function costOf(times: number, act: () => unknown): number {
  const started = performance.now()
  for (let count = 0; count < times; count += 1) act()
  return ((performance.now() - started) * 1000) / times
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function serve(): Promise<void> {
  const { createServer } = await import('node:tls')
  const { key, chain } = workerData
  const server = createServer({ key, cert: chain }, (socket) => socket.on('error', () => {}).resume())
  server.listen({ host: '127.0.0.1', port: 0 }, () => {
    const address = server.address()
    parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined)
  })
}

if (isMainThread) await measure()
else await serve()
