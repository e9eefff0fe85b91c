import { once } from 'node:events'
import { type Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { NASA_HOSTS } from '#kit/names.ts'
import { DAY, PICTURE } from './upstream.ts'

export interface Counts {
  /** Served whole, as they should be. */
  served: number
  /** Met a fault of the upstream, and were told so. */
  told: number
  left: number
  /** What should not have been: each is a finding. */
  readonly wrong: string[]
}

interface Visit {
  readonly port: number
  readonly agent: Agent
  readonly token: string
}

interface Got {
  readonly status: number
  readonly body: Buffer
}

/** How often, in a hundred; what is to come of it. */
const DOINGS = [
  { share: 35, path: '/picture', good: ({ status, body }: Got) => status === 200 && body.equals(PICTURE) },
  { share: 35, path: '/day', good: ({ status, body }: Got) => status === 200 && titleIn(body) === DAY.title },
  { share: 3, path: '/short', fault: true },
  { share: 3, path: '/reset', fault: true },
  { share: 3, path: '/nonsense', fault: true },
  { share: 3, path: '/no-json', good: ({ status, body }: Got) => status === 200 && String(body) === '{' },
  { share: 3, path: '/hangs', fault: true },
  { share: 3, path: '/slow', good: ({ body }: Got) => body.equals(PICTURE) },
  { share: 6, path: '/picture', leaves: true },
  { share: 6, path: '/picture', shakes: true },
] as const

type Doing = {
  readonly path: string
  readonly good?: (got: Got) => boolean
  readonly fault?: true
  readonly leaves?: true
  readonly shakes?: true
}

/** What the number, from 0 to below 1, means. */
export function doingFor(number: number): Doing {
  let rest = number * 100
  for (const doing of DOINGS) {
    rest -= doing.share
    if (rest < 0) return doing
  }
  return DOINGS[0]
}

export async function visit(doing: Doing, visitor: Visit, counts: Counts): Promise<void> {
  const { path, good, fault, leaves, shakes } = doing
  try {
    if (shakes) {
      await shake(visitor.port)
      counts.left += 1
    } else if (leaves) {
      await leave(path, visitor)
      counts.left += 1
    } else if (good) {
      const got = await ask(path, visitor)
      if (good(got)) counts.served += 1
      else counts.wrong.push(`${path}: status ${got.status}, ${got.body.length} bytes`)
    } else if (fault) counts.wrong.push(...(await unwell(path, visitor, counts)))
  } catch (error) {
    counts.wrong.push(`${path}: ${String(error)}`)
  }
}

/** A fault of the upstream's is told by a status, or by a connection that breaks: never by a body that looks whole. */
async function unwell(path: string, visitor: Visit, counts: Counts): Promise<string[]> {
  const got = await ask(path, visitor).catch(() => undefined)
  counts.told += 1
  return got && (got.status < 500 || !isExplained(got.body))
    ? [`${path}: status ${got.status}, as if it were whole`]
    : []
}

async function ask(path: string, { port, agent, token }: Visit): Promise<Got> {
  const asked = request({
    ...{ host: '127.0.0.1', port, agent, rejectUnauthorized: false, path: `/${NASA_HOSTS.pictures}${path}` },
    headers: { host: `localhost:${port}`, 'approov-token': token },
  }).end()
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, body: await buffer(response) }
}

async function leave(path: string, { port, token }: Visit): Promise<void> {
  const asked = request({
    ...{ host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, path: `/${NASA_HOSTS.pictures}${path}` },
    headers: { host: `localhost:${port}`, 'approov-token': token },
  }).end()
  const [response] = await once(asked, 'response')
  await once(response, 'readable')
  response.destroy()
}

async function shake(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.destroy()
}

function titleIn(body: Buffer): unknown {
  return JSON.parse(String(body)).title
}

function isExplained(body: Buffer): boolean {
  return typeof JSON.parse(String(body)).error?.code === 'string'
}
