import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent } from 'node:https'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { CompletedRequest, InitiatedRequest, Mockttp } from 'mockttp'
import type { RecordedRequest } from './evidence.ts'
import { recordedAnswer } from './excerpt.ts'
import { type Answer, forward, type Question } from './forward.ts'
import type { Address } from './relay.ts'
import { tamper } from './tamper.ts'

/** One of the victim's connections, about to come in. */
export interface Entrance {
  /** The port that it will come from, which tells it from all others. */
  readonly port: number
  readonly play: string
  /** ms since the play was armed */
  readonly at: number
  /** The host that the victim believes to be talking to, and where that host really is. */
  readonly host: string
  readonly upstream: Address
  /** The connection ends with its first answer. */
  readonly hangsUp?: true
  /** Pictures end in the middle, and the connection with them. */
  readonly cutsShort?: true
  /** `kept`: the genuine host is not asked, what is read stays here. `unaltered`: its answers are passed on as they are. */
  readonly requests?: 'kept' | 'unaltered'
  /** Somebody looks on: answers are noted as well. */
  readonly watched?: true
}

/** Reads plaintext HTTP for all plays at once; which play a request belongs to is told by the port it came from. */
export interface Recorder {
  readonly port: number
  admit(entrance: Entrance): void
  /** What has been read in a play that still goes on. */
  soFar(play: string): readonly RecordedRequest[]
  /** Waits for answers that are on their way (bounded), tells what was read, and forgets the play. */
  end(play: string): Promise<readonly RecordedRequest[]>
  close(): Promise<void>
}

type Note = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }

interface Play {
  readonly notes: Note[]
  readonly agent: Agent
  pending: number
}

interface Inside {
  readonly entrance: Entrance
  readonly play: Play
  readonly admitted: number
  readonly notes: Map<string, Note>
}

const MOST_BODY_KEPT = 2048
const MOST_BODY_READ = 8 * 1024 * 1024
/** Of one play; beyond it requests are answered, and no longer noted. */
const MOST_NOTES = 1000
/** ms for a request that has no answer yet when its play ends */
const PATIENCE = 3000

export async function startRecorder(): Promise<Recorder> {
  const plays = new Map<string, Play>()
  const inside = new Map<number, Inside>()
  const server = await startMockttp((from) => inside.get(from))
  return {
    port: server.port,
    close: () => server.stop(),
    admit: (entrance) => {
      const play = plays.get(entrance.play) ?? { notes: [], agent: new Agent({ keepAlive: true }), pending: 0 }
      plays.set(entrance.play, play)
      inside.set(entrance.port, { entrance, play, admitted: performance.now(), notes: new Map() })
    },
    soFar: (id) => plays.get(id)?.notes ?? [],
    end: async (id) => {
      const play = plays.get(id)
      if (!play) return []
      // mockttp announces a request one turn after it has read it.
      await turn()
      for (const late = performance.now() + PATIENCE; play.pending > 0 && performance.now() < late; ) await delay(10)
      plays.delete(id)
      for (const [from, { entrance }] of inside) if (entrance.play === id) inside.delete(from)
      play.agent.destroy()
      return play.notes
    },
  }
}

async function startMockttp(find: (port: number) => Inside | undefined): Promise<Mockttp> {
  const { getLocal } = await import('mockttp')
  const server = getLocal({ recordTraffic: false, suggestChanges: false, cors: false, maxBodySize: MOST_BODY_READ })
  await onLoopback(() => server.start(0))
  // The beginning of a request is evidence, even if its body never comes.
  await server.on('request-initiated', (request) => {
    const one = find(request.remotePort ?? 0)
    if (one) noteOf(one, request)
  })
  await server.forAnyRequest().thenCallback(async (request) => {
    const one = find(request.remotePort ?? 0)
    // Another program of this machine has found the port, or the play is over.
    if (!one) return 'close'
    one.play.pending += 1
    try {
      return await answer(one, request)
    } finally {
      one.play.pending -= 1
    }
  })
  return server
}

async function answer(one: Inside, request: CompletedRequest) {
  const note = noteOf(one, request)
  const body = request.body.buffer
  note.body = body.toString('utf8', 0, MOST_BODY_KEPT)
  const question = { method: request.method, path: request.path, headers: request.rawHeaders, body }
  const { status, statusMessage, headers, body: rawBody } = await answerTo(question, one, note)
  if (one.entrance.cutsShort && /^image\//i.test(String(headers['content-type']))) {
    return { statusCode: status, statusMessage, ...cutShort({ headers, body: rawBody }) }
  }
  // Without a length Node would send it in chunks; with HEAD the length is that of a body that isn't sent.
  const length = rawBody.length > 0 ? { 'content-length': String(rawBody.length) } : {}
  const end = one.entrance.hangsUp ? { connection: 'close' } : {}
  return { statusCode: status, statusMessage, headers: { ...headers, ...length, ...end }, rawBody }
}

/** Until the connection ends, says RFC 9112 section 6.3 of an answer that names no length and is not in chunks. */
function cutShort({ headers, body }: Pick<Answer, 'headers' | 'body'>) {
  const { 'content-length': _, ...kept } = headers
  return {
    headers: { ...kept, 'transfer-encoding': 'identity', connection: 'close' },
    rawBody: body.subarray(0, Math.ceil(body.length / 2)),
  }
}

async function answerTo(question: Question, { entrance, play }: Inside, note: Note): Promise<Answer> {
  if (entrance.requests === 'kept') return KEPT
  try {
    const genuine = await forward(question, { host: entrance.host, address: entrance.upstream, agent: play.agent })
    const told = entrance.requests === 'unaltered' ? { answer: genuine } : await tamper(genuine)
    if (told.altered) note.altered = told.altered
    if (entrance.watched) note.answer = await recordedAnswer(genuine, told.answer)
    return told.answer
  } catch {
    return NOBODY_THERE
  }
}

const KEPT: Answer = {
  status: 502,
  statusMessage: 'Bad Gateway',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('somebody in the middle has read this, and keeps it\n'),
}

const NOBODY_THERE: Answer = {
  status: 502,
  statusMessage: 'Bad Gateway',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('the genuine host does not answer\n'),
}

function noteOf({ entrance, play, admitted, notes }: Inside, request: InitiatedRequest): Note {
  const known = notes.get(request.id)
  if (known) return known
  const { method, path } = request
  const at = Math.round(entrance.at + performance.now() - admitted)
  const headers: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value
  const note: Note = { at, method, path, headers, body: '' }
  notes.set(request.id, note)
  if (play.notes.length < MOST_NOTES) play.notes.push(note)
  return note
}

// mockttp can only listen on every interface, and nobody on the network is to reach it. Node tells on this channel who
// asks to listen, before it binds, and takes the host from the same object.
async function onLoopback(begin: () => Promise<void>): Promise<void> {
  const ours = new AsyncLocalStorage<true>()
  const channel = 'tracing:net.server.listen:asyncStart'
  const narrow = (message: unknown) => {
    if (ours.getStore() !== true) return
    // The shape is Node's own: net.Server.listen() publishes { server, options }.
    const { options } = message as { options: { host?: string } }
    options.host = '127.0.0.1'
  }
  subscribe(channel, narrow)
  try {
    await ours.run(true, begin)
  } finally {
    unsubscribe(channel, narrow)
  }
}
