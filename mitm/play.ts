import { EventEmitter, once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Road } from '#kit/check.ts'
import type { Listening } from '#kit/listen.ts'
import { HOSTS } from '#kit/names.ts'
import type { Presented, WithoutChain } from './attack.ts'
import type { Evidence } from './evidence.ts'
import { explicitProxy } from './intercept/explicit-proxy.ts'
import { takeover } from './intercept/takeover.ts'
import { type Meet, meeting, type Now } from './meeting.ts'
import type { Recording } from './recording.ts'
import type { Address } from './relay.ts'
import { replayAll } from './replay.ts'
import type { Replay, Stance } from './story.ts'
import { createWitness, type SeenConnection, type Witness } from './witness.ts'

export interface PlayOptions {
  readonly id: string
  readonly presents: WithoutChain | Presented
  readonly road: Road
  /** The genuine host, and how the victim will spell it. */
  readonly host: string
  readonly target: string
  /** Whether the attacker is told, again and again, what to do next. */
  readonly story?: boolean
  /** What visitors to the attacker's own site are shown, in a story that leads there. */
  readonly elsewhere?: Presented
  /** What the attacker does with what it has read, when the victim has gone. */
  readonly replays?: readonly Replay[]
  /** As `PlayOrder` has it. */
  readonly requests?: 'kept' | 'unaltered'
  /** As `PlayOrder` has it: the chain that the genuine host shows. */
  readonly watched?: { readonly genuine?: string }
  readonly upstream: Address
  readonly listenHost: string
  readonly recording: Recording
  readonly now: () => Date
}

export interface Play {
  readonly port: number
  /** ms since it was armed */
  at(): number
  /** From now on, until told otherwise. What came before no longer counts as bytes of the attack. */
  turn(stance: Stance): Promise<void>
  /** What was seen until now; the play goes on. */
  soFar(): Promise<Evidence>
  evidence(): Promise<Evidence>
  close(): Promise<void>
}

/** ms for connections that stay open when the victim has said what it has to say */
const SILENT_PATIENCE = 300
/** ms for the recorder to load, when its first use is what the play has just done */
const LOADING_PATIENCE = 15_000
/** A play is one client's: beyond this it is a flood, and goes unanswered. */
const MOST_CONNECTIONS = 1_000

/** One attack in place for one client: a listener of its own, so that all that arrives there belongs to it. */
export async function openPlay(options: PlayOptions): Promise<Play> {
  const { id, recording } = options
  const witness = createWitness(options.now)
  const open = createOpenStreams()
  const passing = new Map<Socket, SeenConnection>()
  let stance: Stance = 'attacks'
  const now = (): Now => {
    if (stance !== 'attacks-until-read') return stance
    return witness.read() > 0 ? 'relays' : 'attacks'
  }
  const meet = meetingOf(options, { witness, open, stance: now })
  let met = 0
  const listening = await openRoad(options, witness, (victim) => {
    met += 1
    if (met > MOST_CONNECTIONS) return void victim.destroy()
    open.add(victim)
    const seen = witness.connection()
    passing.set(victim, seen)
    meet(victim, seen)
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
      const seen = withGenuine(withPresented(witness.evidence(requests), options.presents), options)
      return withReplays(seen, options)
    } finally {
      await close()
    }
  }
  const turnTo = async (next: Stance) => {
    // A step is over when its answer is there, so what was sent for it has arrived: at most it still waits to be read.
    await turn()
    await turn()
    if (stance === 'relays' && next !== 'relays') await cut(passing)
    stance = next
    witness.mark()
  }
  const soFar = async () => withGenuine(witness.evidence(await recording.soFar(id)), options)
  return { port: listening.port, at: witness.at, turn: turnTo, soFar, evidence, close }
}

/**
 * Who goes over from relaying to attacking ends what is passing by: otherwise the victim had no reason to come again. It
 * has noticed when it has ended its side too.
 */
async function cut(passing: ReadonlyMap<Socket, SeenConnection>): Promise<void> {
  const relayed = [...passing].filter(([victim, { handshake }]) => handshake === 'relayed' && !victim.destroyed)
  const gone = Promise.allSettled(relayed.map(([victim]) => once(victim.end(), 'close')))
  await within(SILENT_PATIENCE, gone)
}

/** Adds the chain, when there was a handshake in which it could be seen. */
function withPresented(evidence: Evidence, presents: PlayOptions['presents']): Evidence {
  const shown = evidence.connections.some(({ handshake }) => handshake === 'completed' || handshake === 'failed')
  return typeof presents === 'string' || !shown ? evidence : { ...evidence, presented: presents.chain }
}

function withGenuine(evidence: Evidence, { watched }: PlayOptions): Evidence {
  return watched?.genuine === undefined ? evidence : { ...evidence, genuine: watched.genuine }
}

async function withReplays(evidence: Evidence, { replays, host, upstream, now }: PlayOptions): Promise<Evidence> {
  if (!replays) return evidence
  return { ...evidence, replays: await replayAll(replays, evidence.requests, { host, address: upstream, now }) }
}

/** What happens to each of the victim's connections. */
function meetingOf(options: PlayOptions, told: { witness: Witness; open: OpenStreams; stance: () => Now }): Meet {
  const { id, presents, host, upstream, recording, elsewhere, requests, watched } = options
  const { witness, open, stance } = told
  const { hangsUp, cutsShort } = typeof presents === 'object' ? presents : {}
  const manner = {
    ...(hangsUp && { hangsUp }),
    ...(cutsShort && { cutsShort }),
    ...(requests && { requests }),
    ...(watched && { watched: true as const }),
  }
  return meeting({
    presents,
    upstream,
    enter: () => open.entering(recording.enter({ play: id, at: witness.at(), host, upstream, ...manner })),
    onStream: open.add,
    ...(options.story && { story: { stance, site: HOSTS.evil, ...(elsewhere && { elsewhere }) } }),
  })
}

function openRoad(options: PlayOptions, witness: Witness, onVictim: (victim: Socket) => void): Promise<Listening> {
  const { road, listenHost, target, story, presents } = options
  if (road === 'takeover') return takeover({ listenHost, onVictim })
  const targets = story ? [target, HOSTS.evil] : [target]
  return explicitProxy({ listenHost, onVictim, targets, witness, tunnels: presents !== 'no-tunnel' })
}

/** The streams of a play that have not closed yet, and those on their way. */
interface OpenStreams {
  add(stream: Duplex): void
  /** A stream into the recorder: the play is not over while plaintext is still on its way to be read. */
  entering(stream: Promise<Socket>): Promise<Socket>
  /** Settle when none of them is on its way, and when all have closed. */
  entered(): Promise<void>
  closed(): Promise<void>
  destroyAll(): void
}

function createOpenStreams(): OpenStreams {
  const streams = new Set<Duplex>()
  const changed = new EventEmitter()
  let underway = 0
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(changed, 'change')
  }
  const add = (stream: Duplex) => {
    streams.add(stream)
    stream.once('close', () => {
      streams.delete(stream)
      changed.emit('change')
    })
  }
  const entering = async (coming: Promise<Socket>) => {
    underway += 1
    try {
      const stream = await coming
      add(stream)
      return stream
    } finally {
      underway -= 1
      changed.emit('change')
    }
  }
  return {
    add,
    entering,
    entered: () => until(() => underway === 0),
    closed: () => until(() => underway === 0 && streams.size === 0),
    destroyAll: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

async function settled(open: OpenStreams): Promise<void> {
  // What the victim sent before it was asked may still wait in the kernel: a turn of the loop accepts all of it.
  await turn()
  await turn()
  await within(LOADING_PATIENCE, open.entered())
  await within(SILENT_PATIENCE, open.closed())
}

async function within(ms: number, event: Promise<unknown>): Promise<void> {
  const cancel = new AbortController()
  await Promise.race([event, delay(ms, undefined, { signal: cancel.signal }).catch(() => {})])
  cancel.abort()
}
