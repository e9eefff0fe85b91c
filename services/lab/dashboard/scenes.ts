import type { PictureOfTheDay } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Evidence, Replayed } from '#mitm/evidence.ts'
import { battery } from '../battery.ts'
import { type Catalogues, choose } from '../experiment.ts'
import type { Run } from '../result.ts'
import type { Gallery, Played, ReplayOrder, Stage, StageOrder } from '../stage.ts'
import { withoutSecretsIn, withoutSecretsInReplayed } from '../without-secrets.ts'
import { type House, wordsOf } from './house.ts'
import { createPictures, type Pictures } from './pictures.ts'
import { queryOf, type Scene } from './scene.ts'

/** One scene, as far as it has been played. */
export interface Showing {
  readonly scene: Scene
  readonly state: 'new' | 'playing' | 'played' | 'failed'
  /** What the client got, today first. */
  readonly gallery: readonly Shown[]
  /** What the attacker has seen until now, while the play goes on; its tokens are shortened. */
  readonly soFar?: Evidence
  /** When it has been played: the attack, and the controls without which it proves nothing, against this one client. */
  readonly run?: Run
  /** What came of sending again what the attacker had read, the last first. */
  readonly replays?: readonly SentAgain[]
  /** What went wrong with the lab itself. */
  readonly failure?: string
}

export interface SentAgain {
  readonly as: ReplayOrder
  /** Absent when there was nothing to send. */
  readonly replayed?: Replayed
  /** What went wrong with the lab itself. */
  readonly failure?: string
}

export interface Shown {
  readonly picture: PictureOfTheDay
  /** Its name among the pictures; absent where there is none, or none that a page should show. */
  readonly image?: string
}

export interface SceneAudience {
  scene(showing: Showing): void
  /** It is no longer remembered. */
  sceneGone(scene: Scene): void
}

export interface Scenes extends AsyncDisposable {
  readonly pictures: Pictures
  showing(scene: Scene): Showing
  /** The same scene twice at a time is one play. Resolves when it is over, whatever comes of it. */
  play(scene: Scene): Promise<void>
  /** What the attacker has read in the scene is sent to the API once more; a scene that nobody has played is played first. */
  replay(scene: Scene, as: ReplayOrder): Promise<void>
}

/** Days before today in the gallery. */
const DAYS = 3
/** Scenes that are remembered. */
const MOST_SCENES = 200
/** Of one scene. */
const MOST_REPLAYS = 6

export function createScenes(house: House, audience: SceneAudience): Scenes {
  const { stage, catalogues, versions, jobs, now } = house
  const pictures = createPictures()
  const scenes = new Map<string, Showing>()
  const playing = new Map<string, Promise<void>>()
  const readAgain = new Map<string, NonNullable<Played['replay']>>()
  const closing = new AbortController()

  const show = (showing: Showing) => {
    const key = queryOf(showing.scene)
    scenes.delete(key)
    scenes.set(key, showing)
    for (const [oldest, { scene }] of scenes) {
      if (scenes.size <= MOST_SCENES) break
      scenes.delete(oldest)
      readAgain.delete(oldest)
      audience.sceneGone(scene)
    }
    audience.scene(showing)
  }

  const playOnce = async (scene: Scene): Promise<void> => {
    let showing: Showing = { scene, state: 'playing', gallery: [] }
    const update = (more: Partial<Showing>) => {
      showing = { ...showing, ...more }
      show(showing)
    }
    update({})
    let look = async (): Promise<Evidence | undefined> => undefined
    const gallery: Gallery = {
      days: daysBefore(now(), DAYS),
      show: (picture, image) => {
        const name = image && pictures.keep(image)
        update({ gallery: [...showing.gallery, { picture, ...(name !== undefined && { image: name }) }] })
        void look().then((soFar) => {
          if (soFar && showing.state === 'playing') update({ soFar: withoutSecretsIn(keepPictures(soFar, pictures)) })
        })
      },
    }
    const onArmed: StageOrder['onArmed'] = (soFar) => {
      look = soFar
    }
    const { unaltered, enforce: enforces } = scene
    const watched: Stage = {
      ...stage,
      play: async (order) => {
        if (order.attack.id !== scene.attack.id) return stage.play(order)
        const played = await stage.play({ ...order, gallery, onArmed, unaltered, ...(enforces && { enforces }) })
        if (played.replay) readAgain.set(queryOf(scene), played.replay)
        keepPictures(played.evidence, pictures)
        return played
      },
    }
    try {
      const { attacks } = choose(catalogues, { attack: [scene.attack.id], client: [scene.client.id] })
      const run = await battery(watched, {
        ...{ jobs, versions, now },
        attacks: attacks.map((attack) => (attack.id === scene.attack.id ? rotated(attack, scene, catalogues) : attack)),
        ...{ clients: [scene.client], road: scene.road, signal: closing.signal },
      })
      update({ state: 'played', run })
    } catch (error) {
      update({ state: 'failed', failure: wordsOf(error) })
    }
  }

  const replayOnce = async (scene: Scene, as: ReplayOrder): Promise<void> => {
    const key = queryOf(scene)
    if (!readAgain.has(key)) await play(scene)
    const sent: SentAgain = await (async () => {
      try {
        const replayed = await readAgain.get(key)?.(as)
        return { as, ...(replayed && { replayed: withoutSecretsInReplayed(replayed) }) }
      } catch (error) {
        return { as, failure: wordsOf(error) }
      }
    })()
    const showing = scenes.get(key)
    if (showing) show({ ...showing, replays: [sent, ...(showing.replays ?? [])].slice(0, MOST_REPLAYS) })
  }

  const play = (scene: Scene): Promise<void> => {
    const key = queryOf(scene)
    const going = playing.get(key) ?? playOnce(scene).finally(() => playing.delete(key))
    playing.set(key, going)
    return going
  }

  return {
    pictures,
    showing: (scene) => scenes.get(queryOf(scene)) ?? { scene, state: 'new', gallery: [] },
    play,
    replay: replayOnce,
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      await Promise.allSettled(playing.values())
    },
  }
}

/** Keeps the small pictures in it, so that a page can show them. */
function keepPictures(evidence: Evidence, pictures: Pictures): Evidence {
  for (const { answer } of evidence.requests) {
    for (const excerpt of answer ? [answer.genuine, answer.told] : []) {
      if (excerpt?.picture === undefined) continue
      pictures.keep({ contentType: 'image/jpeg', body: Buffer.from(excerpt.picture, 'base64') })
    }
  }
  return evidence
}

/** Before an API whose certificate has been renewed. With nobody attacking, whoever stops the renewal stops that too. */
function rotated(attack: Entry<Attack>, { rotated }: Scene, { attacks }: Catalogues): Entry<Attack> {
  if (!rotated) return attack
  const renewal = attacks.get(`rotated-${rotated}`)?.stoppedBy ?? []
  const stoppedBy = attack.family === 'control' ? [...new Set([...attack.stoppedBy, ...renewal])] : attack.stoppedBy
  return { ...attack, genuine: `rotated-${rotated}`, stoppedBy }
}

/** `2026-11-27`, yesterday first. */
function daysBefore(today: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(today)
    day.setUTCDate(day.getUTCDate() - index - 1)
    return day.toISOString().slice(0, 10)
  })
}
