// What the pin check adds to a fresh TLS connection. The peer is tls.connect alone, against the same server, with the
// same trust store and Node's own checks; they take turns, so that a busy machine slows all.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { checkServerIdentity, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createMaterial } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'
import { keyTrust } from '#pin/key-trust.ts'
import { connectTrusted } from '#pin/tls.ts'
import type { Trust } from '#pin/trust.ts'

const ROUNDS = 60
const PER_ROUND = 20
// What ours sets too, so that the ratio is of the checks alone.
const SAME = { noDelay: true, ALPNProtocols: ['http/1.1'] }

async function measure(): Promise<void> {
  const material = await createMaterial({ now: new Date() })
  const server = new Worker(fileURLToPath(import.meta.url), { workerData: material.proxyCaSigned })
  const [port]: [number] = (await once(server, 'message')) as [number]
  const trust = keyTrust({ pins: material.shipped.pins, ca: [material.root.chain] })
  // The peer runs twice: how far it is from itself says how much of a ratio is the machine's noise.
  const bare = { open: () => connectBare(port, trust), times: [] as number[] }
  const again = { open: bare.open, times: [] as number[] }
  const pinned = { open: () => connectPinned(port, trust), times: [] as number[] }
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
  const check = await checkCost(port, trust)
  const ratio = (arm: { times: number[] }) => median(arm.times.map((time, round) => time / (bare.times[round] ?? time)))
  print('fresh connection, tls.connect', `${connection.toFixed(0)} µs`)
  print('fresh connection, pinned', `${median(pinned.times).toFixed(0)} µs`)
  print('ratio pinned / tls.connect', `${ratio(pinned).toFixed(3)} (${ROUNDS} rounds of ${PER_ROUND} connections)`)
  print('ratio tls.connect / itself', `${ratio(again).toFixed(3)} (the noise)`)
  print('check beside tls.checkServerIdentity', `${check.again.toFixed(1)} µs more`)
  print('check, first sight of a certificate', `${check.first.toFixed(0)} µs more`)
  print('check / connection', `${((100 * check.again) / connection).toFixed(2)} % (aim: 2 % at most)`)
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

async function connectBare(port: number, { context }: Trust): Promise<TLSSocket> {
  const socket = connect({
    host: HOSTS.api,
    port,
    lookup: loopback,
    servername: HOSTS.api,
    secureContext: context,
    ...SAME,
  })
  await once(socket, 'secureConnect')
  return socket
}

function connectPinned(port: number, trust: Trust): Promise<TLSSocket> {
  return connectTrusted({ host: HOSTS.api, port }, { trust, timeout: 10_000, track() {}, lookup: loopback })
}

// Both sides resolve the name, and neither asks a resolver.
const loopback: NonNullable<Parameters<typeof connectTrusted>[1]['lookup']> = (_host, options, callback) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

/** µs that the check takes on top of what Node does anyway, the first time and from then on. */
async function checkCost(port: number, trust: Trust): Promise<{ first: number; again: number }> {
  const socket = await connectBare(port, trust)
  const certificate = socket.getPeerCertificate(true)
  socket.destroy()
  const fresh = () => keyTrustOf(certificate)
  const node = costOf(2000, () => checkServerIdentity(HOSTS.api, certificate))
  const again = costOf(2000, () => trust.identify({ host: HOSTS.api, port }, certificate))
  const trusts = Array.from({ length: 50 }, fresh)
  const first = costOf(50, (count) => trusts[count]?.identify({ host: HOSTS.api, port }, certificate))
  return { first: first - node, again: again - node }
}

function keyTrustOf(certificate: DetailedPeerCertificate): Trust {
  const pem = new X509Certificate(certificate.raw).toString()
  const pins = [{ host: HOSTS.api, pins: [`sha256/${'A'.repeat(43)}=`] }]
  // A pin that does not match is the longest way: the whole chain is walked before the answer is no.
  return keyTrust({ pins, ca: [pem], allowSinglePin: true })
}

function costOf(times: number, act: (count: number) => unknown): number {
  const started = performance.now()
  for (let count = 0; count < times; count += 1) act(count)
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
