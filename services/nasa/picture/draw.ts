import type { Kind } from '../caption/entry.ts'
import { SIZES, type Size } from '../caption/picture-name.ts'
import { chanceFrom } from '../chance.ts'
import type { Day } from '../day.ts'
import { createNoise } from './noise.ts'
import { aurora } from './scenes/aurora.ts'
import { cluster } from './scenes/cluster.ts'
import { comet } from './scenes/comet.ts'
import { eclipse } from './scenes/eclipse.ts'
import { galaxy } from './scenes/galaxy.ts'
import { moon } from './scenes/moon.ts'
import { nebula } from './scenes/nebula.ts'
import { planet } from './scenes/planet.ts'
import type { Scene } from './sheet.ts'

const SCENES: Readonly<Record<Kind, Scene>> = { nebula, galaxy, planet, cluster, aurora, comet, moon, eclipse }

const QUALITY = 88

/** Draws the picture of a day. The same day and size give the same bytes on one machine. */
export async function draw(day: Day, kind: Kind, size: Size): Promise<Buffer> {
  // Native code: loaded with the first picture, for most starts of the lab never come to one.
  const { createCanvas } = await import('@napi-rs/canvas')
  const { width, height } = SIZES[size]
  const canvas = createCanvas(width, height)
  const chance = chanceFrom(`picture ${day}`)
  const noise = createNoise(chance)
  SCENES[kind]({
    ctx: canvas.getContext('2d'),
    width,
    height,
    aspect: width / height,
    chance,
    noise,
    createCanvas,
  })
  return canvas.encode('jpeg', QUALITY)
}
