import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
// Types alone: the module itself takes a third of a second to load, and comes in when it is first needed.
import type { CompletedRequest, InitiatedRequest, Mockttp } from 'mockttp'
import { explain } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import type { Answer, Question } from './forward.ts'
import type { SeenRequest, Witness } from './witness.ts'

export interface Conversation {
  readonly witness: Witness
  /** What the victim is told; `note` is the record of its question, to be completed. */
  readonly answer: (question: Question, note: SeenRequest) => Promise<Answer>
}

/** mockttp, started once and shared: which play a request belongs to is told by the port that it came from. */
export interface Recorder {
  /** A stream into mockttp for the plaintext of one of the victim's connections. */
  enter(conversation: Conversation): Promise<Socket>
  /** Requests of this play that have no answer yet. */
  pending(witness: Witness): number
  /** Forgets the play. */
  leave(witness: Witness): void
  close(): Promise<void>
}

const MOST_BODY_KEPT = 2048
const MOST_BODY_READ = 8 * 1024 * 1024

interface Entrance extends Conversation {
  readonly notes: Map<string, SeenRequest>
  pending: number
}

/** Begins to load mockttp at once, without waiting for it. */
export function createRecorder(log: Log): Recorder {
  const entrances = new Map<number, Entrance>()
  const started = start(entrances, log)
  // Whoever enters is told; a failure that nobody meets must not end the process.
  started.catch((error: unknown) => log.error({ error: explain(error) }, 'mockttp does not start'))
  return {
    enter: async (conversation) => {
      const { port } = await started
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      await once(socket, 'connect')
      // Kept until the play is over: mockttp reports some requests after their connection has closed.
      entrances.set(socket.localPort ?? 0, { ...conversation, notes: new Map(), pending: 0 })
      return socket
    },
    pending: (witness) =>
      [...entrances.values()].reduce((sum, one) => sum + (one.witness === witness ? one.pending : 0), 0),
    leave: (witness) => {
      for (const [port, entrance] of entrances) if (entrance.witness === witness) entrances.delete(port)
    },
    close: () =>
      started.then(
        (server) => server.stop(),
        () => {},
      ),
  }
}

async function start(entrances: Map<number, Entrance>, log: Log): Promise<Mockttp> {
  const { getLocal } = await import('mockttp')
  const server = getLocal({ recordTraffic: false, suggestChanges: false, cors: false, maxBodySize: MOST_BODY_READ })
  await onLoopback(() => server.start(0))
  // The beginning of a request is evidence, even if its body never comes.
  await server.on('request-initiated', (request) => {
    const entrance = entrances.get(request.remotePort ?? 0)
    if (entrance) noteOf(entrance, request)
  })
  await server.forAnyRequest().thenCallback(async (request) => {
    const entrance = entrances.get(request.remotePort ?? 0)
    // Another program of this machine has found the port.
    if (!entrance) return 'close'
    entrance.pending += 1
    try {
      return await answer(entrance, request)
    } catch (error) {
      log.debug({ error: explain(error) }, 'no answer for the victim')
      return 'close'
    } finally {
      entrance.pending -= 1
    }
  })
  return server
}

async function answer(entrance: Entrance, request: CompletedRequest) {
  const note = noteOf(entrance, request)
  const body = request.body.buffer
  note.body = body.toString('utf8', 0, MOST_BODY_KEPT)
  const question = { method: request.method, path: request.path, headers: request.rawHeaders, body }
  const { status, statusMessage, headers, body: rawBody } = await entrance.answer(question, note)
  // Without a length Node would send it in chunks; with HEAD the length is that of a body that isn't sent.
  const length = rawBody.length > 0 ? { 'content-length': String(rawBody.length) } : {}
  return { statusCode: status, statusMessage, headers: { ...headers, ...length }, rawBody }
}

function noteOf({ notes, witness }: Entrance, request: InitiatedRequest): SeenRequest {
  const known = notes.get(request.id)
  if (known) return known
  const { method, path, headers } = request
  const note = witness.request({ method, path, headers: definedOnly(headers), body: '' })
  notes.set(request.id, note)
  return note
}

function definedOnly(headers: InitiatedRequest['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

// mockttp can only listen on every interface, and nobody on the network is to reach the attacker's recorder. Node tells
// who asks on this channel, before it binds, and takes the host from the same object.
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
