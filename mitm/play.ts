import { EventEmitter, once } from 'node:events'
import { Agent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Credentials } from '#certs/credentials.ts'
import type { Road } from '#kit/check.ts'
import { explain } from '#kit/error.ts'
import type { Listening } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import type { Evidence } from './evidence.ts'
import { type Answer, forward, type Question } from './forward.ts'
import { explicitProxy } from './intercept/explicit-proxy.ts'
import { takeover } from './intercept/takeover.ts'
import type { Recorder } from './recorder.ts'
import { type Address, relay } from './relay.ts'
import { tamper } from './tamper.ts'
import { terminator } from './terminate.ts'
import { createWitness, type SeenConnection, type SeenRequest, type Witness } from './witness.ts'

export interface PlayOptions {
  readonly presents: 'relay' | Credentials
  readonly road: Road
  readonly host: string
  readonly upstream: Address
  readonly listenHost: string
  readonly recorder: Recorder
  readonly now: () => Date
  readonly log: Log
}

export interface Play {
  readonly port: number
  evidence(): Promise<Evidence>
  close(): Promise<void>
}

/** ms for connections that are open and silent, once the victim has said what it has to say */
const SILENT_PATIENCE = 300
/** ms more, when a request still has no answer */
const PENDING_PATIENCE = 3_000
/** A play is one client's: beyond this it is a flood, and goes unanswered. */
const MOST_CONNECTIONS = 1_000

/** One attack in place for one client: a listener of its own, so that all that arrives there belongs to it. */
export async function openPlay(options: PlayOptions): Promise<Play> {
  const witness = createWitness(options.now)
  const open = createOpenStreams()
  const agent = new Agent({ keepAlive: true })
  const meet = meeting(options, { witness, open, agent })
  let met = 0
  const listening = await openRoad(options, witness, (victim) => {
    met += 1
    if (met > MOST_CONNECTIONS) return void victim.destroy()
    open.add(victim)
    meet(victim, witness.connection())
  })
  const close = async () => {
    await listening.close()
    open.destroyAll()
    agent.destroy()
    options.recorder.leave(witness)
  }
  const evidence = async () => {
    await settled(open, () => options.recorder.pending(witness) > 0)
    await close()
    // What was torn down just now says so in events of its own.
    await turn()
    return witness.evidence()
  }
  return { port: listening.port, evidence, close }
}

interface Scene {
  readonly witness: Witness
  readonly open: OpenStreams
  readonly agent: Agent
}

/** What happens to each of the victim's connections. */
function meeting(
  options: PlayOptions,
  { witness, open, agent }: Scene,
): (victim: Socket, seen: SeenConnection) => void {
  const { presents, host, upstream, recorder, log } = options
  if (presents === 'relay') return (victim, seen) => relay(victim, upstream, seen)
  const answer = async (question: Question, note: SeenRequest): Promise<Answer> => {
    try {
      const genuine = await forward(question, { host, address: upstream, agent })
      const told = await tamper(genuine)
      if (told.altered) note.altered = told.altered
      return told.answer
    } catch (error) {
      log.debug({ host, upstream, error: explain(error) }, 'the genuine host does not answer')
      return NOBODY_THERE
    }
  }
  const terminate = terminator({
    presents,
    enter: async () => {
      const inside = await recorder.enter({ witness, answer })
      open.add(inside)
      return inside
    },
  })
  return (victim, seen) => open.add(terminate(victim, seen))
}

const NOBODY_THERE: Answer = {
  status: 502,
  statusMessage: 'Bad Gateway',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('the genuine host does not answer\n'),
}

function openRoad(options: PlayOptions, witness: Witness, onVictim: (victim: Socket) => void): Promise<Listening> {
  const { road, listenHost, host } = options
  return road === 'takeover'
    ? takeover({ listenHost, onVictim })
    : explicitProxy({ listenHost, onVictim, target: host, witness })
}

/** The streams of a play that have not closed yet. */
interface OpenStreams {
  add(stream: Duplex): void
  /** Settles when the last one has closed. */
  none(): Promise<void>
  destroyAll(): void
}

function createOpenStreams(): OpenStreams {
  const streams = new Set<Duplex>()
  const gone = new EventEmitter()
  return {
    add: (stream) => {
      streams.add(stream)
      stream.once('close', () => {
        streams.delete(stream)
        if (streams.size === 0) gone.emit('none')
      })
    },
    none: async () => {
      if (streams.size > 0) await once(gone, 'none')
    },
    destroyAll: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

async function settled(open: OpenStreams, pending: () => boolean): Promise<void> {
  // What the victim sent before it was asked may still wait in the kernel: a turn of the loop accepts all of it.
  await turn()
  await turn()
  if ((await within(SILENT_PATIENCE, open.none())) || !pending()) return
  await within(PENDING_PATIENCE, open.none())
}

async function within(ms: number, event: Promise<void>): Promise<boolean> {
  const cancel = new AbortController()
  const late = delay(ms, false, { signal: cancel.signal }).catch(() => false)
  const inTime = await Promise.race([event.then(() => true), late])
  cancel.abort()
  return inTime
}
