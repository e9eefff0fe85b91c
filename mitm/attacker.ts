import type { Forger, Loot } from '#certs/forger.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import { nearest } from '#kit/nearest.ts'
import type { Attack, Planted } from './attack.ts'
import { loadAttacks } from './catalogue.ts'
import type { Evidence, Replayed } from './evidence.ts'
import { createKeepsakes } from './keepsakes.ts'
import { openPlay, type Play } from './play.ts'
import { createReach } from './reach.ts'
import { startRecording } from './recording.ts'
import type { Address } from './relay.ts'
import { replayForOnlooker } from './replay.ts'
import { type Replay, replaysIn, type Stance } from './story.ts'

/** One play: one attack, ready for one client. JSON, so that it can travel to a container. */
export interface PlayOrder {
  readonly attack: string
  readonly road: Road
  /** The genuine host that the victim means, however the attack spells it. */
  readonly host: string
  /** Where the genuine host really is, as the attacker reaches it. */
  readonly upstream: { readonly host: string; readonly port: number }
  readonly loot: Loot
  /**
   * `kept`: what is read stays here: the attacker answers 502 itself, and does not ask the genuine host. `unaltered`: it is
   * passed on, and so is the answer, as it is. `passed-on`, with answers altered where somebody would see it, when absent.
   */
  readonly requests?: 'passed-on' | 'kept' | 'unaltered'
  /** Somebody looks on: evidence holds the genuine chain and the answers too, and what was read can be sent again. */
  readonly watched?: true
}

export interface Armed {
  readonly play: string
  /** ms since the play was armed, by its evidence's clock, as this is said: to tell that clock by elsewhere */
  readonly at: number
  /** Where the victim's connections must arrive: the name's new address, or the proxy's. */
  readonly port: number
  /** What the attacker has put into the app, where the attack does that. */
  readonly planted?: Planted
}

export interface SendAgain {
  readonly upstream: Address
  readonly how: Replay
}

export interface Attacker extends AsyncDisposable {
  /** Opens a listener of its own for the play, so that all that arrives there belongs to it. */
  arm(order: PlayOrder): Promise<Armed>
  /** Tells a story's attacker what to do from now on. What came before no longer counts as bytes of the attack. */
  turn(play: string, stance: Stance): Promise<void>
  /** Where it is in this process: what was seen until now, while the play goes on. */
  soFar?(play: string): Promise<Evidence>
  /** Waits until the play's connections are over (bounded), closes its listener and tells what was seen. */
  evidence(play: string): Promise<Evidence>
  /**
   * Sends what was read in a watched play once more, to whoever is at that address.
   * @returns undefined when no token was read
   */
  replay(play: string, to: SendAgain): Promise<Replayed | undefined>
  close(): Promise<void>
}

export interface AttackerOptions {
  readonly log: Log
  readonly now: () => Date
  /** Address on which plays listen; loopback when absent. */
  readonly host?: string
  /** Hosts beyond this machine that it may go to, as an order spells them, or `neighbours`; none when absent. */
  readonly reaches?: readonly string[]
}

/** Plays that are armed and never asked about stay open: this is where that ends. */
const MOST_PLAYS = 500

/**
 * @returns at once, while the recorder is still loading: only a first byte of plaintext has to wait for it
 * @throws LabError from `arm` ATTACK_UNKNOWN, LOOT_MISSING, UPSTREAM_FORBIDDEN, UPSTREAM_SILENT, TOO_MANY_PLAYS, ATTACKER_CLOSED; from `evidence` PLAY_UNKNOWN; from `replay` PLAY_FORGOTTEN, UPSTREAM_FORBIDDEN
 */
export async function createAttacker(options: AttackerOptions): Promise<Attacker> {
  const { log, now, host = '127.0.0.1', reaches = [] } = options
  const reach = createReach(reaches)
  const recording = startRecording(log)
  // Behind the recorder's thread, which is on its way by now: the certificate library takes its time too.
  const attacks = loadAttacks()
  // `arm` tells what is wrong with the catalogue; until somebody arms, it must not end the process.
  attacks.catch(() => {})
  const forgers = import('./forgers.ts').then(({ createForgers }) => createForgers(now))
  const plays = new Map<string, Play>()
  const keepsakes = createKeepsakes()
  let count = 0
  let closing: Promise<void> | undefined

  const arm = async (order: PlayOrder): Promise<Armed> => {
    const attack = find(await attacks, order.attack)
    await reach.assert(order.upstream)
    const { presents, elsewhere, planted } = await prepare(attack, order, forgers)
    if (plays.size >= MOST_PLAYS) throw tooMany()
    count += 1
    const id = `${attack.id}-${count}`
    const replays = replaysIn(attack.story)
    // No more than the contract names: an order may be somebody's larger object, and a thread takes only plain data.
    const { road, host: victimAsks, upstream, requests } = order
    const watched = order.watched && (await shownBy(order, forgers))
    const play = await openPlay({
      id,
      ...{ road, presents, story: attack.story !== undefined },
      ...(elsewhere && { elsewhere }),
      ...(replays.length > 0 && { replays }),
      ...(requests !== undefined && requests !== 'passed-on' && { requests }),
      ...(watched && { watched }),
      host: victimAsks,
      target: attack.spelling?.(victimAsks) ?? victimAsks,
      upstream: { host: upstream.host, port: upstream.port },
      listenHost: host,
      recording,
      now,
    })
    if (closing) {
      await play.close()
      throw new LabError('ATTACKER_CLOSED', 'the attacker has been closed and arms nothing more', { kind: 'failure' })
    }
    plays.set(id, !watched ? play : keeping(play, (read) => keepsakes.keep(id, { host: victimAsks, requests: read })))
    log.debug({ play: id, road: order.road, host: order.host, port: play.port }, 'armed')
    return { play: id, at: play.at(), port: play.port, ...(planted && { planted }) }
  }
  const called = (id: string): Play => {
    const play = plays.get(id)
    if (play) return play
    throw new LabError('PLAY_UNKNOWN', `no play called '${id}' is open`, { hint: 'ask for evidence once' })
  }
  const turn = (id: string, stance: Stance) => called(id).turn(stance)
  const soFar = async (id: string) => called(id).soFar()
  const evidence = async (id: string): Promise<Evidence> => {
    const play = called(id)
    plays.delete(id)
    return await play.evidence()
  }
  const replay: Attacker['replay'] = async (id, { upstream, how }) => {
    const { host: meant, requests } = keepsakes.of(id)
    await reach.assert(upstream)
    return replayForOnlooker(how, requests, { host: meant, address: upstream, now })
  }
  const close = () => {
    closing ??= Promise.all([...[...plays.values()].map((play) => play.close()), recording.close()]).then(() => {})
    return closing
  }
  return { arm, turn, soFar, evidence, replay, close, [Symbol.asyncDispose]: close }
}

type Forgers = Promise<(loot: Loot, upstream: Address) => Forger>

/** Everything that has to be forged before the play opens. */
async function prepare(attack: Attack, { host, loot, upstream }: PlayOrder, forgers: Forgers) {
  const { present, story, plants } = attack
  const forge = async () => (await forgers)(loot, upstream)
  const presents = typeof present === 'string' ? present : await present(host, await forge())
  const planted = await plants?.(host, await forge())
  if (!story) return { presents, planted }
  const show = attack.elsewhere ?? ((_host, forger) => forger.ownSite())
  return { presents, planted, elsewhere: leadsElsewhere(attack) ? await show(host, await forge()) : undefined }
}

/** What an onlooker is shown beside what the victim is. A host that shows nothing is the arming's to complain of, where it matters. */
async function shownBy({ host, loot, upstream }: PlayOrder, forgers: Forgers): Promise<{ readonly genuine?: string }> {
  const genuine = await (await forgers)(loot, upstream)
    .genuineChain(host)
    .catch(() => undefined)
  return genuine === undefined ? {} : { genuine }
}

function keeping(play: Play, keep: (requests: Evidence['requests']) => void): Play {
  return {
    ...play,
    evidence: async () => {
      const evidence = await play.evidence()
      keep(evidence.requests)
      return evidence
    },
  }
}

function leadsElsewhere({ story = [], genuine, elsewhere }: Attack): boolean {
  const visited = story.some((step) => step.act === 'glance' && step.at === 'elsewhere')
  const redirected = genuine === 'redirects-elsewhere' || genuine === 'redirects-there-and-back'
  return visited || redirected || elsewhere !== undefined
}

function find(attacks: Catalogue<Attack>, id: string): Entry<Attack> {
  const attack = attacks.get(id)
  if (attack) return attack
  const near = nearest(id, [...attacks.keys()])
  throw new LabError('ATTACK_UNKNOWN', `there is no attack called '${id}'`, {
    hint: near ? `did you mean '${near}'?` : `all ids: ${[...attacks.keys()].join(', ')}`,
  })
}

function tooMany(): LabError {
  return new LabError('TOO_MANY_PLAYS', `${MOST_PLAYS} plays are open and wait to be asked for their evidence`, {
    kind: 'failure',
    hint: 'ask for the evidence of each play, or restart the attacker',
  })
}
