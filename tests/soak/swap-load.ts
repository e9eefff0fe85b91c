import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { NASA_HOSTS } from '#kit/names.ts'
import { randomFrom } from '#lab/order.ts'
import type { Ledger } from './shown-ledger.ts'
import { DAY, PICTURE } from './upstream.ts'

/** Kept: one that was used before, or will be. Fresh: for one request. Taken up: the same, with the session of an earlier one. */
const ROADS = ['kept', 'fresh', 'taken up'] as const
export type Road = (typeof ROADS)[number]

export interface Counts {
  asked: number
  readonly served: Record<Road, number>
  /** TLS handshakes. */
  handshakes: number
  /** Those of them that took up a session. */
  resumed: number
  readonly wrong: string[]
}

export interface LoadPlan {
  readonly port: number
  readonly token: string
  readonly visitors: number
  /** Decides which connection each request takes, under which name, and for what. */
  readonly seed: number
  readonly ledger: Ledger
}

export interface Load extends Disposable {
  readonly counts: Counts
  /** One request, whatever comes of it. */
  ask(): Promise<void>
  /** Whether a new connection is shown the newest certificate of this name. */
  showsNewest(name: string): Promise<boolean>
}

export function createLoad(plan: LoadPlan): Load {
  const { seed, visitors, ledger } = plan
  const random = randomFrom(seed)
  // With a timeout of its own, which is longer, Node's agent heeds the proxy's `Keep-Alive: timeout=5`. Without one it may ask
  // on a connection just as the proxy closes it for having been idle, as it has said it would.
  const kept = new Agent({ keepAlive: true, maxSockets: visitors, maxCachedSessions: 0, timeout: 600_000 })
  const sessions = new Map<string, Session>()
  const served = { kept: 0, fresh: 0, 'taken up': 0 }
  const counts: Counts = { asked: 0, served, handshakes: 0, resumed: 0, wrong: [] }
  const visit = async (road: Road, name: string, path: Path): Promise<Visit | undefined> => {
    try {
      return await send(plan, { name, path, agent: road === 'kept' && kept, ...(road === 'taken up' && { sessions }) })
    } catch (error) {
      counts.wrong.push(`${path}, ${road}: ${String(error)}`)
      return undefined
    }
  }
  return {
    counts,
    async ask() {
      counts.asked += 1
      const road = random() < 0.7 ? 'kept' : random() < 0.7 ? 'fresh' : 'taken up'
      const name = ledger.names[Math.floor(random() * ledger.names.length)] ?? ''
      const path = random() < 0.1 ? '/picture' : '/day'
      const least = ledger.least(name)
      const visited = await visit(road, name, path)
      if (!visited) return
      const { shown, complaint } = visited
      if (shown) counts.handshakes += 1
      if (shown?.resumed) counts.resumed += 1
      const wrong = complaint ?? (shown && ledger.complaint(name, shown.fingerprint, least))
      if (wrong) counts.wrong.push(wrong)
      else served[road] += 1
    },
    async showsNewest(name) {
      const visited = await visit('fresh', name, '/day')
      return visited?.shown !== undefined && ledger.isNewest(name, visited.shown.fingerprint)
    },
    [Symbol.dispose]: () => kept.destroy(),
  }
}

type Path = '/day' | '/picture'

interface Visit {
  /** By a handshake; nothing on a connection that was used before. */
  readonly shown: { readonly fingerprint: string; readonly resumed: boolean } | undefined
  /** What is wrong with the answer. */
  readonly complaint: string | undefined
}

interface Question {
  readonly name: string
  readonly path: Path
  readonly agent: Agent | false
  /** By name; the newest one is taken up, and makes room for the next. */
  readonly sessions?: Map<string, Session>
}

/** A session shows no certificate when it is taken up: it is that of the handshake which it comes from. */
interface Session {
  readonly ticket: Buffer
  readonly fingerprint: string
}

async function send({ port, token }: LoadPlan, { name, path, agent, sessions }: Question): Promise<Visit> {
  const earlier = sessions?.get(name)
  const sent = request({
    ...{ host: '127.0.0.1', port, servername: name, path: `/${NASA_HOSTS.pictures}${path}`, agent },
    // Who it is, is told by the fingerprint.
    rejectUnauthorized: false,
    headers: { host: `localhost:${port}`, 'approov-token': token },
    ...(earlier && { session: earlier.ticket }),
  }).end()
  let shown: Visit['shown']
  sent.once('socket', (socket: TLSSocket) => {
    if (sent.reusedSocket) return
    socket.once('secureConnect', () => {
      const resumed = socket.isSessionReused()
      const fingerprint = (resumed ? earlier?.fingerprint : socket.getPeerCertificate().fingerprint256) ?? ''
      shown = { fingerprint, resumed }
      socket.on('session', (ticket) => sessions?.set(name, { ticket, fingerprint }))
    })
  })
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const complaint = complaintAbout(path, response.statusCode, await buffer(response))
  return { shown, complaint }
}

function complaintAbout(path: Path, status: number | undefined, body: Buffer): string | undefined {
  const whole = path === '/picture' ? body.equals(PICTURE) : titleIn(body) === DAY.title
  return status === 200 && whole ? undefined : `${path}: status ${status}, ${body.length} bytes`
}

function titleIn(body: Buffer): unknown {
  return JSON.parse(String(body)).title
}
