import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { createMaterial } from '#certs/material.ts'
import { proxyFolder } from '../proxy/files.ts'
import { forkProxy, type ProxyChild } from './proxy-child.ts'
import type { Question, Report } from './proxy-process.ts'
import { startUpstream } from './upstream.ts'
import { type Counts, doingFor, visit } from './visitors.ts'

export interface Idle {
  /** Connections that say nothing at all, not even TLS's first word. */
  readonly plain: number
  /** Those with which TLS stands, and nothing is asked. */
  readonly tls: number
  readonly signal?: AbortSignal
}

export interface Idled {
  /** How many there were of each; less than were asked for where `fewer` says why. */
  readonly plain: number
  readonly tls: number
  readonly fewer?: string
  /** The proxy before they came, when the first kind was there, when both were, and when both had gone. */
  readonly samples: Readonly<Record<'before' | 'plain' | 'both' | 'after', Report>>
  /** Other clients, meanwhile: whom they got their answers from whole, and what else became of them. */
  readonly counts: Counts
}

/** No limit of the proxy's own ends one of them. */
const PATIENCE = Object.fromEntries(
  ['CLIENT_IDLE', 'HANDSHAKE', 'HEADERS', 'REQUEST'].map((what) => [`PROXY_${what}_TIMEOUT_MS`, '3600000']),
)

/** Thousands who connect and say nothing: are others served all the same, and does nothing stay behind when they go? */
export async function idle(wanted: Idle): Promise<Idled> {
  await using opened = new AsyncDisposableStack()
  const material = await createMaterial({ now: new Date() })
  const files = opened.use(await proxyFolder(material))
  const upstream = opened.use(await startUpstream(material.nasa))
  const { plain, tls, fewer } = asManyAsThereCanBe(wanted)
  const proxy = opened.use(
    await forkProxy({
      ...{ ...files.settings, ...PATIENCE, PROXY_MAX_CONNECTIONS: String(plain + tls + 100) },
      PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`,
    }),
  )
  const others = opened.use(visitOnAndOn(proxy.port))
  await others.servedSome()
  const before = await told(proxy)
  const when = (isSo: (report: Report) => boolean) => toldWhen(proxy, isSo, wanted.signal)
  const sockets = new Set<Socket>()
  opened.defer(() => sockets.forEach((socket) => void socket.destroy()))
  await inTurns(plain, wanted.signal, async () => void sockets.add(await plainly(proxy.port)))
  await when(({ clients }) => clients === before.clients + plain)
  const first = await told(proxy)
  const secureContext = createSecureContext({ ca: material.proxySelfSigned.chain })
  await inTurns(tls, wanted.signal, async () => void sockets.add(await withTls(proxy.port, secureContext)))
  await when(({ clients }) => clients === before.clients + plain + tls)
  const both = await told(proxy)
  await others.servedSome()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  // Those of the others come and go.
  const after = await when(({ clients, handles }) => clients === before.clients && handles <= before.handles)
  await others.servedSome()
  const { counts } = others
  return { plain, tls, ...(fewer && { fewer }), samples: { before, plain: first, both, after }, counts }
}

/** Files that a process has open besides. */
const BESIDES = 500

/** Each of them is a file here, and one in the proxy. Node raises its own limit to the highest that it may have. */
function asManyAsThereCanBe({ plain, tls }: Idle): Pick<Idled, 'plain' | 'tls' | 'fewer'> {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } }
  const hard = Number(userLimits?.open_files?.hard ?? Number.POSITIVE_INFINITY)
  const most = Math.max(0, hard - BESIDES)
  // Without a limit the report says a word.
  if (Number.isNaN(hard) || plain + tls <= most) return { plain, tls }
  const share = most / (plain + tls)
  const fewer = `a process may have ${hard} files open here (ulimit -Hn), and not ${plain + tls + BESIDES}`
  return { plain: Math.floor(plain * share), tls: Math.floor(tls * share), fewer }
}

async function told(proxy: ProxyChild, question?: Question): Promise<Report> {
  const report = await proxy.tell(question)
  if (!report) throw new Error(`the proxy ended with ${proxy.ended()}`)
  return report
}

/** Asks until it is so: what has connected waits to be accepted, and what has left is noticed a little later. */
async function toldWhen(proxy: ProxyChild, isSo: (report: Report) => boolean, signal?: AbortSignal): Promise<Report> {
  let report = await told(proxy, 'who is there?')
  while (!isSo(report) && !signal?.aborted) report = await told(proxy, 'who is there?')
  return report
}

/** Not all at once: what waits to be accepted is limited too. */
async function inTurns(many: number, signal: AbortSignal | undefined, one: () => Promise<void>): Promise<void> {
  let begun = 0
  const turn = async () => {
    while (begun++ < many && !signal?.aborted) await one()
  }
  await Promise.all(Array.from({ length: 100 }, turn))
}

async function plainly(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  return socket.resume()
}

async function withTls(port: number, secureContext: ReturnType<typeof createSecureContext>): Promise<Socket> {
  const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', secureContext })
  await once(socket, 'secureConnect')
  return socket.resume()
}

/** Others, who ask for a picture and for a day in turn, one after the other. */
function visitOnAndOn(port: number) {
  const counts: Counts = { served: 0, told: 0, left: 0, wrong: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: 600_000 })
  let [over, look] = [false, () => {}]
  const going = (async () => {
    for (let nth = 0; !over; nth++, look())
      await visit(doingFor(nth % 2 === 0 ? 0 : 0.5), { port, agent, token: '' }, counts)
  })()
  return {
    counts,
    /** Settles when twenty more have been. */
    servedSome: () =>
      new Promise<void>((resolve) => {
        const until = counts.served + counts.wrong.length + 20
        look = () => counts.served + counts.wrong.length >= until && resolve()
      }),
    async [Symbol.asyncDispose]() {
      over = true
      await going
      agent.destroy()
    },
  }
}
