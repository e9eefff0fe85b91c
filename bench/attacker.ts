// New connections that the attacker intercepts, 16 at a time: TLS handshake with a forged certificate, one request read and
// passed on, the answer passed back. Beside mitmdump (where it is installed) and mockttp as it comes. They take turns.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { createMaterial } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'
import { freePort, type Running, runProgram, runScript } from './support/process.ts'
import { figure, median } from './support/results.ts'

const ROUNDS = 7
const CONNECTIONS = 320
const SIDE_BY_SIDE = 16
const BENCH = 'attacker'

interface Contender {
  readonly name: string
  readonly running: Running
  /** Where the next round arrives. */
  readonly port: () => Promise<number>
  readonly perSecond: number[]
  readonly perCpu: number[]
}

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
await using opened = new AsyncDisposableStack()
opened.defer(() => rm(folder, { recursive: true, force: true }))
const { proxyCaSigned } = await createMaterial({ now: new Date() })
const UPSTREAM_TLS = JSON.stringify({ key: proxyCaSigned.key, cert: proxyCaSigned.chain })
const upstream = opened.use(await runScript('./upstream.ts', { UPSTREAM_TLS }))
const PEER = JSON.stringify({ upstreamPort: upstream.port })

const contenders = [await ours(), ...(await mitmdump()), await mockttp()]
for (const one of contenders) await round(one, CONNECTIONS / 4)
for (const one of contenders) {
  one.perSecond.length = 0
  one.perCpu.length = 0
}
for (let count = 0; count < ROUNDS; count += 1) {
  for (let turn = 0; turn < contenders.length; turn += 1) {
    const one = contenders[(count + turn) % contenders.length]
    if (one) await round(one, CONNECTIONS)
  }
}
const [first] = contenders
for (const one of contenders) {
  const times = (mine: readonly number[] = [], others: readonly number[]) =>
    median(mine.map((value, index) => value / (others[index] ?? value))).toFixed(2)
  const remark = (mine: readonly number[] | undefined, others: readonly number[]) =>
    one === first ? '' : `the attacker does ${times(mine, others)} times that`
  const what = `${SIDE_BY_SIDE} new connections at a time: ${one.name}`
  figure({ bench: BENCH, what, value: median(one.perSecond), unit: '/s' }, remark(first?.perSecond, one.perSecond))
  figure(
    { bench: BENCH, what: `${what}, by CPU`, value: median(one.perCpu), unit: '/s of CPU' },
    remark(first?.perCpu, one.perCpu),
  )
  figure({ bench: BENCH, what: `memory: ${one.name}`, value: await one.running.memory(), unit: 'MiB' })
}

async function round({ running, port, perSecond, perCpu }: Contender, count: number): Promise<void> {
  const to = await port()
  const [cpu, began] = [await running.cpu(), performance.now()]
  let left = count
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await visit(to)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane))
  perSecond.push(count / ((performance.now() - began) / 1000))
  perCpu.push(count / ((await running.cpu()) - cpu))
}

/** A connection of its own, one question, the whole answer. */
async function visit(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, servername: HOSTS.api, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write(`GET /1k HTTP/1.1\r\nHost: ${HOSTS.api}\r\nConnection: close\r\n\r\n`)
  const answer = await buffer(socket)
  if (!answer.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200'))) {
    throw new Error(`port ${port} answered ${answer.subarray(0, 60)}`)
  }
}

async function ours(): Promise<Contender> {
  const running = opened.use(await runScript('./attacker.ts', { PEER }))
  const port = async () => {
    const armed = once(running.child, 'message') as Promise<[{ readonly port: number }]>
    running.child.send('another')
    return (await armed)[0].port
  }
  return { name: 'the attacker', running, port, perSecond: [], perCpu: [] }
}

async function mockttp(): Promise<Contender> {
  const running = opened.use(await runScript('./mockttp.ts', { PEER }))
  return { name: 'mockttp', running, port: async () => running.port, perSecond: [], perCpu: [] }
}

async function mitmdump(): Promise<Contender[]> {
  const found = (process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, 'mitmdump')))
  if (!found) return []
  const port = await freePort()
  const args = ['--mode', `reverse:https://127.0.0.1:${upstream.port}`, '--listen-host', '127.0.0.1', '-p', `${port}`]
  const settings = ['-q', '--ssl-insecure', '--set', `confdir=${folder}`]
  const running = opened.use(await runProgram('mitmdump', [...args, ...settings], { port }))
  return [{ name: 'mitmdump', running, port: async () => port, perSecond: [], perCpu: [] }]
}
