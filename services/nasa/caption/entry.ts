import { NASA_HOSTS } from '#kit/names.ts'
import { type Chance, chanceFrom } from '../chance.ts'
import type { Day } from '../day.ts'
import { imagePath, type PictureName } from './picture-name.ts'
import { aurora } from './words/aurora.ts'
import { cluster } from './words/cluster.ts'
import { comet } from './words/comet.ts'
import { eclipse } from './words/eclipse.ts'
import { galaxy } from './words/galaxy.ts'
import { moon } from './words/moon.ts'
import { nebula } from './words/nebula.ts'
import { planet } from './words/planet.ts'
import { CLOSINGS, PERSONS, PLACES, type Words } from './words.ts'

const WORDS = { nebula, galaxy, planet, cluster, aurora, comet, moon, eclipse } satisfies Record<string, Words>

/** What a picture shows; each has its words and its scene. */
export type Kind = keyof typeof WORDS

export interface Entry {
  readonly day: Day
  readonly kind: Kind
  readonly title: string
  /** Five or six sentences. */
  readonly explanation: string
  readonly copyright: string | undefined
  readonly mediaType: 'image' | 'video'
  readonly url: string
  /** Pictures only. */
  readonly hdurl: string | undefined
  /** Videos only; NASA leads to YouTube here, the stand-in stays on its own host. */
  readonly thumbnailUrl: string | undefined
  /** The name that the day's image files have. */
  readonly name: PictureName
}

// Weighted as the real site is: the deep sky far more often than an eclipse.
const KINDS: readonly [Kind, ...Kind[]] = [
  'nebula',
  ...(['nebula', 'nebula', 'galaxy', 'galaxy', 'galaxy', 'planet', 'planet', 'cluster', 'cluster'] as const),
  ...(['aurora', 'aurora', 'comet', 'moon', 'moon', 'eclipse'] as const),
]

const VIDEOS = 0.05
const COPYRIGHTS = 0.6

/** All that is published for a day; the same each time. */
export function describe(day: Day): Entry {
  const chance = chanceFrom(`vista ${day}`)
  const kind = chance.pick(KINDS)
  const words = WORDS[kind]
  const slots = { name: chance.pick(words.names), place: chance.pick(PLACES), person: chance.pick(PERSONS) }
  const fill = (template: string) => fillIn(template, slots, chance)
  const sentences = [
    chance.pick(words.openings),
    ...chance.shuffled(words.facts).slice(0, 3),
    chance.pick(words.seen),
    chance.pick(CLOSINGS),
  ]
  const title = fill(chance.pick(words.titles))
  const explanation = sentences.map(fill).join(' ')
  const name = { day, label: slots.name }
  const address = (size: 'normal' | 'hd' | 'thumbnail') => `https://${NASA_HOSTS.pictures}${imagePath(name, size)}`
  const video = chance.maybe(VIDEOS)
  return {
    day,
    kind,
    title,
    explanation,
    copyright: chance.maybe(COPYRIGHTS) ? slots.person : undefined,
    mediaType: video ? 'video' : 'image',
    url: video ? `https://www.youtube.com/embed/${videoId(chance)}?rel=0` : address('normal'),
    hdurl: video ? undefined : address('hd'),
    thumbnailUrl: video ? address('thumbnail') : undefined,
    name,
  }
}

function fillIn(template: string, slots: Readonly<Record<string, string>>, chance: Chance): string {
  return template.replace(/\{(?:(\d+)-(\d+)|(\w+))\}/g, (all, low?: string, high?: string, slot?: string) =>
    slot === undefined ? String(chance.whole(Number(low), Number(high))) : (slots[slot] ?? all),
  )
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function videoId(chance: Chance): string {
  return Array.from({ length: 11 }, () => ID_LETTERS[chance.whole(0, ID_LETTERS.length - 1)]).join('')
}
