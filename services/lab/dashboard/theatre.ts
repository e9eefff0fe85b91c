import type { PictureOfTheDay } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Evidence } from '#mitm/evidence.ts'
import { type BatteryOptions, battery, told } from '../battery.ts'
import { type Catalogues, choose, type Patterns } from '../experiment.ts'
import { frugalWhenLong } from '../frugal.ts'
import type { Result, Run } from '../result.ts'
import type { Gallery, Stage, StageOrder } from '../stage.ts'
import { withoutSecretsIn } from '../without-secrets.ts'
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
  /** What went wrong with the lab itself. */
  readonly failure?: string
}

export interface Shown {
  readonly picture: PictureOfTheDay
  /** Its name among the pictures; absent where there is none, or none that a page should show. */
  readonly image?: string
}

/** The battery as it goes on. */
export interface Running {
  readonly run: Run
  readonly state: 'going' | 'stopped' | 'over' | 'failed'
  /** What went wrong with the lab itself. */
  readonly failure?: string
  readonly done: number
  readonly total: number
  /** In which column of the matrix a client stands. */
  readonly columnOf: (client: string) => number
}

export interface Audience {
  scene(showing: Showing): void
  /** It is no longer remembered. */
  sceneGone(scene: Scene): void
  /** A battery begins, or has ended: all of it. */
  battery(running: Running): void
  /** One more result of the battery that goes on. */
  result(result: Result, running: Running): void
}

export interface Theatre extends AsyncDisposable {
  readonly pictures: Pictures
  showing(scene: Scene): Showing
  /** The same scene twice at a time is one play. Resolves when it is over, whatever comes of it. */
  play(scene: Scene): Promise<void>
  readonly running: Running | undefined
  /** One at a time: while one goes on, that is it. Resolves when it is over. */
  runAll(patterns: Patterns): Promise<void>
  stop(): void
}

export interface TheatreOptions {
  readonly stage: Stage
  readonly catalogues: Catalogues
  readonly versions: Readonly<Record<string, string>>
  readonly jobs: number
  readonly now: () => Date
  readonly audience: Audience
}

/** Days before today in the gallery. */
const DAYS = 3
/** Scenes that are remembered. */
const MOST_SCENES = 200

export function createTheatre(options: TheatreOptions): Theatre {
  const { stage, catalogues, versions, jobs, now, audience } = options
  const pictures = createPictures()
  const scenes = new Map<string, Showing>()
  const playing = new Map<string, Promise<void>>()
  const closing = new AbortController()
  let running: Running | undefined
  let going: { readonly over: Promise<void>; readonly stop: AbortController } | undefined

  const show = (showing: Showing) => {
    const key = queryOf(showing.scene)
    scenes.delete(key)
    scenes.set(key, showing)
    for (const [oldest, { scene }] of scenes) {
      if (scenes.size <= MOST_SCENES) break
      scenes.delete(oldest)
      audience.sceneGone(scene)
    }
    audience.scene(showing)
  }
  const started = (): Pick<BatteryOptions, 'jobs' | 'versions' | 'now'> => ({ jobs, versions, now })

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
          if (soFar && showing.state === 'playing') update({ soFar: withoutSecretsIn(soFar) })
        })
      },
    }
    const onArmed: StageOrder['onArmed'] = (soFar) => {
      look = soFar
    }
    const watched: Stage = {
      ...stage,
      play: (order) =>
        stage.play(
          order.attack.id === scene.attack.id ? { ...order, gallery, onArmed, unaltered: scene.unaltered } : order,
        ),
    }
    try {
      const { attacks } = choose(catalogues, { attack: [scene.attack.id], client: [scene.client.id] })
      const run = await battery(watched, {
        ...started(),
        attacks: attacks.map((attack) => (attack.id === scene.attack.id ? enforced(attack, scene) : attack)),
        ...{ clients: [scene.client], road: scene.road, signal: closing.signal },
      })
      update({ state: 'played', run })
    } catch (error) {
      update({ state: 'failed', failure: wordsOf(error) })
    }
  }

  const runOnce = async (patterns: Patterns, stop: AbortController): Promise<void> => {
    const chosen = choose(catalogues, patterns)
    const startedAt = now()
    const results: Result[] = []
    const signal = AbortSignal.any([stop.signal, closing.signal])
    const soFar = (): Run => ({
      ...{ version: 1, stage: stage.name, road: 'takeover', startedAt: startedAt.toISOString(), versions },
      ms: now().getTime() - startedAt.getTime(),
      ...told({ ...chosen, results }, stage),
    })
    const columns = new Map(chosen.clients.map(({ id }, column) => [id, column]))
    const columnOf = (client: string) => columns.get(client) ?? -1
    let done = 0
    const total = chosen.attacks.length * chosen.clients.length
    // Summing up is for whoever looks, and not for each of thousands of results.
    const goingOn = (): Running => ({
      ...{ state: 'going', done, total, columnOf },
      get run() {
        return soFar()
      },
    })
    frugalWhenLong(total)
    running = goingOn()
    audience.battery(running)
    try {
      const run = await battery(stage, {
        ...started(),
        ...{ ...chosen, road: 'takeover', signal },
        onResult: (count, _, result) => {
          done = count
          results.push(result)
          running = goingOn()
          audience.result(result, running)
        },
      })
      running = { run, state: signal.aborted ? 'stopped' : 'over', done, total, columnOf }
    } catch (error) {
      running = { run: soFar(), state: 'failed', failure: wordsOf(error), done, total, columnOf }
    }
    audience.battery(running)
  }

  return {
    pictures,
    showing: (scene) => scenes.get(queryOf(scene)) ?? { scene, state: 'new', gallery: [] },
    play: (scene) => {
      const key = queryOf(scene)
      const play = playing.get(key) ?? playOnce(scene).finally(() => playing.delete(key))
      playing.set(key, play)
      return play
    },
    get running() {
      return running
    },
    runAll: (patterns) => {
      if (going) return going.over
      const stop = new AbortController()
      const over = runOnce(patterns, stop).finally(() => {
        going = undefined
      })
      going = { over, stop }
      return over
    },
    stop: () => going?.stop.abort(),
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      await Promise.allSettled([...playing.values(), going?.over])
    },
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A genuine host that the attack has set up otherwise stays as it is. */
function enforced(attack: Entry<Attack>, { enforce }: Scene): Entry<Attack> {
  return enforce && attack.genuine === undefined ? { ...attack, genuine: 'enforces' } : attack
}

/** `2026-11-27`, yesterday first. */
function daysBefore(today: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(today)
    day.setUTCDate(day.getUTCDate() - index - 1)
    return day.toISOString().slice(0, 10)
  })
}
