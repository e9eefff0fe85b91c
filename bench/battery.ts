// What one attack costs beside the bare TLS handshake that it cannot do without: tls.connect against tls.createServer with
// the same kind of certificate, both ends in this process as they are in the lab, as many side by side. They take turns, so
// that a busy machine slows both. Then whether time grows with the clients and no faster, and how much memory all of it takes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { connect, createSecureContext, createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { createMaterial } from '#certs/material.ts'
import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { HOSTS } from '#kit/names.ts'
import { battery } from '#lab/battery.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { frugalFromTheStart, frugalWhenLong } from '#lab/frugal.ts'
import type { Stage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns, sideBySide } from './support/turns.ts'

const BENCH = 'battery'
const ATTACKS = 100
const ROUNDS = 9
const CROWDS = [1, 4, 16]
/** As the command does it. */
const JOBS = 4 * availableParallelism()

// What ours sets too.
const PROMPT = { noDelay: true, ALPNProtocols: ['http/1.1'] }

frugalFromTheStart()
const now = () => new Date()
const began = performance.now()
const catalogues = await loadCatalogues()
const clients = [...catalogues.clients.values()]
const all = [...catalogues.attacks.values()]
// Some are there twice, until the catalogue has a hundred.
const attacks = Array.from({ length: ATTACKS }, (_, index) => all[index % all.length]).flatMap((one) => one ?? [])
const pinned = clients.filter(({ id }) => id === 'pinned-key')

await using stage = await embeddedStage({ clients: catalogues.clients, now })
const shown = new Set<string>()
let surprises = 0
const watched: Stage = {
  ...stage,
  play: async (order) => {
    const played = await stage.play(order)
    if (played.evidence.presented !== undefined) shown.add(played.evidence.presented)
    return played
  },
}

await measure()

async function measure(): Promise<void> {
  await play(pinned)
  const ms = performance.now() - began
  tell(`${ATTACKS} attacks, one client, from nothing`, { value: ms, unit: 'ms' }, 'aim: 3000 at most')
  await beside()
  const counts = [...new Set([...CROWDS, clients.length])]
  for (const count of counts) {
    frugalWhenLong(count * ATTACKS)
    shown.clear()
    const took = await play(clients.slice(-count))
    const remark = `${(took / count).toFixed(0)} ms each; ${shown.size} chains forged and shown`
    tell(`${ATTACKS} attacks, ${count} ${count === 1 ? 'client' : 'clients'}`, { value: took, unit: 'ms' }, remark)
  }
  tell('surprises', { value: surprises, unit: 'plays' }, 'aim: 0')
  tell('npm run battery, memory at its highest', { value: await memoryOfAll(), unit: 'MiB' }, 'aim: 400 at most')
}

function tell(what: string, measured: { readonly value: number; readonly unit: string }, remark?: string): void {
  figure({ bench: BENCH, what, ...measured }, remark)
}

/** MiB that the whole battery takes, as a command of its own. */
async function memoryOfAll(): Promise<number> {
  const telling = 'process.on("exit", () => console.error("maxRSS", process.resourceUsage().maxRSS))'
  const main = fileURLToPath(new URL('../services/lab/main.ts', import.meta.url))
  const args = ['--import', `data:text/javascript,${telling}`, main, 'battery', '--reporter', 'json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const [talk] = await Promise.all([text(child.stderr), once(child, 'close')])
  // KiB, whatever the platform: https://nodejs.org/api/process.html#processresourceusage
  const [, kibibytes] = /^maxRSS (\d+)$/m.exec(talk) ?? []
  if (kibibytes === undefined) throw new Error(`npm run battery did not end: ${talk}`)
  return Number(kibibytes) / 1024
}

/** The time of an attack beside the bare handshake's. */
async function beside(): Promise<void> {
  await using peer = await bareHandshakes()
  await peer.shake(ATTACKS)
  const arms = [() => peer.shake(ATTACKS), () => play(pinned)]
  const [bare = [], attack = []] = await inTurns(arms, ROUNDS, async (act) => (await act()) / ATTACKS)
  tell('an attack', { value: median(attack), unit: 'ms' }, `${ROUNDS} rounds of ${ATTACKS}`)
  tell('tls.connect', { value: median(bare), unit: 'ms' })
  tell('an attack beside tls.connect', { value: ratioOf(attack, bare), unit: TIMES })
}

/** @returns ms */
async function play(against: readonly Entry<Client>[]): Promise<number> {
  const started = performance.now()
  const run = await battery(watched, {
    ...{ attacks, clients: against, road: 'takeover', jobs: JOBS, versions: {}, now },
  })
  const ms = performance.now() - started
  surprises += run.surprises
  return ms
}

async function bareHandshakes() {
  const { proxyCaSigned, root } = await createMaterial({ now: now() })
  const server = createServer({ key: proxyCaSigned.key, cert: proxyCaSigned.chain }, (socket) =>
    socket.on('error', () => {}).resume(),
  )
  await once(server.listen({ host: '127.0.0.1', port: 0 }), 'listening')
  const { port } = server.address() as AddressInfo
  const secureContext = createSecureContext({ ca: root.chain })
  const one = async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: HOSTS.api, secureContext, ...PROMPT })
    await once(socket, 'secureConnect')
    socket.destroy()
  }
  return {
    /** @returns ms */
    shake: async (times: number) => {
      const started = performance.now()
      await sideBySide(JOBS, times, one)
      return performance.now() - started
    },
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}
