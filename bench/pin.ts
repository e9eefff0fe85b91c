// What pins add: to a fresh TLS connection, alone and in a crowd, and to requests over one that stays open. The peer is
// the same without a pin, against the same server, with the same trust store and Node's own checks. Then what a pin adds
// to curl, against that server too. They take turns, so that a busy machine slows all.
import { X509Certificate } from 'node:crypto'
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { createMaterial, type Material } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'
import { certificateTrust } from '#pin/certificate-trust.ts'
import { keyTrust } from '#pin/key-trust.ts'
import type { Target, Trust } from '#pin/trust.ts'
import { findCurl } from './support/curl.ts'
import { CROWDS, grow, printGrowth } from './support/growth.ts'
import { type PinnedServer, startPinnedServer } from './support/pinned-server.ts'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns, sideBySide } from './support/turns.ts'
import {
  agentAsking,
  connectBare,
  connectPinned,
  gotAsking,
  pinnedAgentAsking,
  pinnedGotAsking,
} from './support/visits.ts'

const BENCH = 'pin'
const ROUNDS = 200
const PER_ROUND = 10
const CROWD_ROUNDS = 5
const FEWEST = 64
const REQUESTS = 60
const CURL = { rounds: 15, connections: 30 }
const NOBODYS_PIN = `sha256/${'A'.repeat(43)}=`

const { proxyCaSigned, proxySelfSigned, root, shipped }: Material = await createMaterial({ now: new Date() })
const pinned = { pins: shipped.pins, ca: [root.chain] }
const keys = keyTrust(pinned)

await keyPin()
await certificatePin()

async function keyPin(): Promise<void> {
  await using server = await startPinnedServer(proxyCaSigned)
  const target = { host: HOSTS.api, port: server.tls }
  await freshConnections('key pin', target, keys)
  figure({ bench: BENCH, what: 'key pin: check that walks the chain to a no', ...us(await worstCost(target)) })
  await crowds(target)
  await keptAlive(server)
  await curl(server)
}

async function certificatePin(): Promise<void> {
  await using server = await startPinnedServer(proxySelfSigned)
  const trust = certificateTrust({ certificates: [shipped.certificate], hostname: 'checked' })
  await freshConnections('certificate pin', { host: HOSTS.proxy, port: server.tls }, trust)
}

/** One after the other. */
async function freshConnections(what: string, target: Target, trust: Trust): Promise<void> {
  const bare = async () => (await connectBare(target, trust)).destroy()
  const ours = async () => (await connectPinned(target, trust)).destroy()
  // The peer runs twice: how far it is from itself says how much of a ratio is the machine's noise.
  const arms = [bare, ours, bare]
  for (const open of arms) await timed(PER_ROUND, open)
  const rounds = await inTurns(arms, ROUNDS, (open) => timed(PER_ROUND, open))
  const [alone = [], pinnedToo = [], again = []] = rounds.map((round) => round.map(({ wall }) => wall))
  const [aloneCpu = [], pinnedCpu = [], againCpu = []] = rounds.map((round) => round.map(({ cpu }) => cpu))
  const tell = (which: string, value: number, remark?: string) =>
    figure({ bench: BENCH, what: `${what}: ${which}`, value, unit: TIMES }, remark)
  figure({ bench: BENCH, what: `${what}: fresh connection`, ...us(median(pinnedToo)) })
  figure({ bench: BENCH, what: `${what}: tls.connect`, ...us(median(alone)) })
  tell('fresh connection beside tls.connect', ratioOf(pinnedToo, alone), 'aim: 1.02 at most')
  tell('fresh connection beside tls.connect, by CPU', ratioOf(pinnedCpu, aloneCpu))
  tell('tls.connect beside itself', ratioOf(again, alone), 'the noise')
  tell('tls.connect beside itself, by CPU', ratioOf(againCpu, aloneCpu), 'the noise')
  const check = await checkCost(target, trust)
  figure({ bench: BENCH, what: `${what}: check beside tls.checkServerIdentity`, ...us(check) }, 'more')
  const share = { value: (100 * check) / median(alone), unit: '%' }
  figure({ bench: BENCH, what: `${what}: check, of a connection`, ...share }, 'aim: 2 % at most')
}

/** Many at once. */
async function crowds(target: Target): Promise<void> {
  const contenders = [
    { name: 'pinned', open: () => connectPinned(target, keys) },
    { name: 'tls.connect', open: () => connectBare(target, keys) },
  ]
  const measure = async ({ open }: { open: () => Promise<TLSSocket> }, crowd: number) => {
    const times = Math.max(FEWEST, crowd)
    const started = performance.now()
    await sideBySide(crowd, times, async () => (await open()).destroy())
    return (times * 1000) / (performance.now() - started)
  }
  const rows = await grow(contenders, { crowds: CROWDS, rounds: CROWD_ROUNDS, measure })
  const table = { bench: BENCH, what: 'fresh connections, key pin', unit: '/s', crowds: CROWDS, of: 'at a time' }
  printGrowth(rows, { ...table, value: (rate) => rate })
}

/** Requests over a connection that stays open, one for each contender. */
async function keptAlive({ https, visits }: PinnedServer): Promise<void> {
  const target = { host: HOSTS.api, port: https }
  await using ours = pinnedGotAsking(target, pinned)
  await using theirs = gotAsking(target, pinned.ca)
  await using again = gotAsking(target, pinned.ca, 'got, again')
  await using oursByAgent = pinnedAgentAsking(target, pinned)
  await using theirsByAgent = agentAsking(target, pinned.ca)
  const arms = [ours, theirs, again, oursByAgent, theirsByAgent]
  const before = await visits()
  for (const { ask } of arms) await timed(REQUESTS, ask)
  const rounds = await inTurns(arms, ROUNDS / 2, ({ ask }) => timed(REQUESTS, ask))
  const opened = (await visits()).connections - before.connections
  if (opened !== arms.length) throw new Error(`${arms.length} connections should have stayed open, not ${opened}`)
  const rates = (by: 'wall' | 'cpu') => rounds.map((round) => round.map((each) => 1_000_000 / each[by]))
  for (const [index, { name }] of arms.entries()) {
    figure({ bench: BENCH, what: `kept alive: ${name}`, value: median(rates('wall')[index] ?? []), unit: '/s' })
  }
  compareKept(rates('wall'), '')
  compareKept(rates('cpu'), ', by CPU')
}

function compareKept(rates: readonly (readonly number[])[], by: string): void {
  const [mine = [], others = [], othersAgain = [], mineByAgent = [], othersByAgent = []] = rates
  const tell = (which: string, value: number, remark: string) =>
    figure({ bench: BENCH, what: `kept alive: ${which}${by}`, value, unit: TIMES }, remark)
  tell('got, pinned beside unpinned', ratioOf(mine, others), 'aim: 0.95 at least')
  tell('https.request, pinned beside unpinned', ratioOf(mineByAgent, othersByAgent), 'aim: 0.95 at least')
  tell('got beside itself', ratioOf(othersAgain, others), 'the noise')
}

/** curl beside itself, with a pin and without. */
async function curl({ https, visits }: PinnedServer): Promise<void> {
  const where = { host: HOSTS.api, port: https, authority: root.chain }
  await using found = await findCurl({ ...where, connections: CURL.connections })
  if (!found) {
    process.stdout.write('  curl: left out, for there is none\n')
    return
  }
  if (!(await found.refuses(NOBODYS_PIN))) {
    process.stdout.write('  curl: left out, for this one does not know --pinnedpubkey sha256//…\n')
    return
  }
  const pins = shipped.pins.flatMap((host) => (host.host === HOSTS.api ? host.pins : []))
  const arms = [() => found.visit(pins), () => found.visit(), () => found.visit()]
  const before = await visits()
  const [ours = [], alone = [], again = []] = await inTurns(arms, CURL.rounds, (visit) => visit())
  const after = await visits()
  const meant = arms.length * CURL.rounds * CURL.connections
  const fresh = after.connections - before.connections - (after.resumed - before.resumed)
  if (fresh !== meant) throw new Error(`curl should have made ${meant} fresh connections, not ${fresh}`)
  figure({ bench: BENCH, what: 'curl --pinnedpubkey: fresh connection', ...us(median(ours)) })
  figure({ bench: BENCH, what: 'curl: fresh connection', ...us(median(alone)) })
  figure({ bench: BENCH, what: 'curl: pinned beside unpinned', value: ratioOf(ours, alone), unit: TIMES })
  figure({ bench: BENCH, what: 'curl: beside itself', value: ratioOf(again, alone), unit: TIMES }, 'the noise')
}

/** @returns µs for one time; of CPU those of this thread, which is the client's */
async function timed(
  times: number,
  act: () => Promise<unknown>,
): Promise<{ readonly wall: number; readonly cpu: number }> {
  const [started, before] = [performance.now(), process.threadCpuUsage()]
  for (let count = 0; count < times; count += 1) await act()
  const { user, system } = process.threadCpuUsage(before)
  return { wall: ((performance.now() - started) * 1000) / times, cpu: (user + system) / times }
}

/** µs that the check of a server that is known already takes on top of what Node does anyway. */
async function checkCost(target: Target, trust: Trust): Promise<number> {
  const shown = await certificateOf(target, trust)
  const node = () => costOf(500, () => checkServerIdentity(target.host, shown))
  const ours = () => costOf(500, () => trust.identify(target, shown))
  // Turns again, and the median of them: compilers warm up, and others use the machine.
  return median(Array.from({ length: ROUNDS }, () => ours() - node()))
}

/** µs for a pin that does not match, which is the longest way, and nothing of it is remembered. */
async function worstCost(target: Target): Promise<number> {
  const shown = await certificateOf(target, keys)
  const pins = [{ host: target.host, pins: [NOBODYS_PIN] }]
  const strict = keyTrust({ pins, ca: [new X509Certificate(shown.raw).toString()], allowSinglePin: true })
  return median(Array.from({ length: ROUNDS }, () => costOf(5, () => strict.identify(target, shown))))
}

async function certificateOf(target: Target, trust: Trust): Promise<DetailedPeerCertificate> {
  const socket = await connectBare(target, trust)
  const shown = socket.getPeerCertificate(true)
  socket.destroy()
  return shown
}

function costOf(times: number, act: () => unknown): number {
  const started = performance.now()
  for (let count = 0; count < times; count += 1) act()
  return ((performance.now() - started) * 1000) / times
}

function us(value: number) {
  return { value, unit: 'µs' }
}
