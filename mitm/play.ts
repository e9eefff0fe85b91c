import { EventEmitter, once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Credentials } from '#certs/credentials.ts'
import type { Road } from '#kit/check.ts'
import type { Listening } from '#kit/listen.ts'
import type { Evidence } from './evidence.ts'
import { explicitProxy } from './intercept/explicit-proxy.ts'
import { takeover } from './intercept/takeover.ts'
import type { Recording } from './recording.ts'
import { type Address, relay } from './relay.ts'
import { terminator } from './terminate.ts'
import { createWitness, type SeenConnection, type Witness } from './witness.ts'

export interface PlayOptions {
  readonly id: string
  readonly presents: 'relay' | Credentials
  readonly road: Road
  readonly host: string
  readonly upstream: Address
  readonly listenHost: string
  readonly recording: Recording
  readonly now: () => Date
}

export interface Play {
  readonly port: number
  evidence(): Promise<Evidence>
  close(): Promise<void>
}

/** ms for connections that stay open when the victim has said what it has to say */
const SILENT_PATIENCE = 300
/** A play is one client's: beyond this it is a flood, and goes unanswered. */
const MOST_CONNECTIONS = 1_000

/** One attack in place for one client: a listener of its own, so that all that arrives there belongs to it. */
export async function openPlay(options: PlayOptions): Promise<Play> {
  const { id, recording } = options
  const witness = createWitness(options.now)
  const open = createOpenStreams()
  const meet = meeting(options, witness, open)
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
  }
  const evidence = async () => {
    try {
      await settled(open)
      const requests = await recording.end(id)
      await close()
      // What was torn down just now says so in events of its own.
      await turn()
      return witness.evidence(requests)
    } finally {
      await close()
    }
  }
  return { port: listening.port, evidence, close }
}

/** What happens to each of the victim's connections. */
function meeting(
  options: PlayOptions,
  witness: Witness,
  open: OpenStreams,
): (victim: Socket, seen: SeenConnection) => void {
  const { id, presents, host, upstream, recording } = options
  if (presents === 'relay') return (victim, seen) => relay(victim, upstream, seen)
  const terminate = terminator({
    presents,
    enter: async () => {
      const inside = await recording.enter({ play: id, at: witness.at(), host, upstream })
      open.add(inside)
      return inside
    },
  })
  return (victim, seen) => open.add(terminate(victim, seen))
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

async function settled(open: OpenStreams): Promise<void> {
  // What the victim sent before it was asked may still wait in the kernel: a turn of the loop accepts all of it.
  await turn()
  await turn()
  const cancel = new AbortController()
  await Promise.race([open.none(), delay(SILENT_PATIENCE, undefined, { signal: cancel.signal }).catch(() => {})])
  cancel.abort()
}
