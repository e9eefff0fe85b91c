import type { createCanvas, GlobalCompositeOperation, SKRSContext2D } from '@napi-rs/canvas'
import type { Chance } from '../chance.ts'
import type { Noise } from './noise.ts'

const { max, min, round } = Math

/** Red, green, blue, 0 to 1 and beyond: what is brighter is cut off only when painted. */
export type Colour = readonly [number, number, number]

/** What a scene draws on. Lengths are in heights of the picture, from its centre: the same scene at every size. */
export interface Sheet {
  readonly ctx: SKRSContext2D
  readonly width: number
  readonly height: number
  /** Width over height. */
  readonly aspect: number
  readonly chance: Chance
  readonly noise: Noise
  readonly createCanvas: typeof createCanvas
}

/** Draws in layers. */
export type Scene = (sheet: Sheet) => void

export interface Field {
  /** Cells in a column; the field is computed coarsely and scaled up smoothly. Soft things need few. */
  readonly cells: number
  readonly blend?: GlobalCompositeOperation
  /** Writes red, green, blue and alpha (0 to 1) for the point. */
  readonly paint: (x: number, y: number, out: Float32Array) => void
}

/** Paints every point of the sheet by a function. */
export function field(sheet: Sheet, { cells, blend = 'source-over', paint }: Field): void {
  // More cells in a larger picture, but not in proportion: time grows with the square.
  const rows = round(cells * max(1, (sheet.height / 600) ** 0.5))
  const columns = round(rows * sheet.aspect)
  const small = sheet.createCanvas(columns, rows)
  const ctx = small.getContext('2d')
  const image = ctx.createImageData(columns, rows)
  const out = new Float32Array(4)
  for (let row = 0; row < rows; row++) {
    const y = (row + 0.5) / rows - 0.5
    for (let column = 0; column < columns; column++) {
      paint(((column + 0.5) / columns - 0.5) * sheet.aspect, y, out)
      const index = (row * columns + column) * 4
      // A clamped array: rounding and cutting off are done by the assignment.
      for (let channel = 0; channel < 4; channel++) image.data[index + channel] = (out[channel] ?? 0) * 255
    }
  }
  ctx.putImageData(image, 0, 0)
  sheet.ctx.save()
  sheet.ctx.globalCompositeOperation = blend
  sheet.ctx.imageSmoothingEnabled = true
  sheet.ctx.imageSmoothingQuality = 'high'
  sheet.ctx.drawImage(small, 0, 0, sheet.width, sheet.height)
  sheet.ctx.restore()
}

/** Pixels from heights. */
export function place(sheet: Sheet, x: number, y: number): readonly [number, number] {
  return [sheet.width / 2 + x * sheet.height, sheet.height / 2 + y * sheet.height]
}

export function css([red, green, blue]: Colour, alpha = 1): string {
  const byte = (value: number) => round(min(1, max(0, value)) * 255)
  return `rgba(${byte(red)},${byte(green)},${byte(blue)},${alpha.toFixed(3)})`
}

export const mix = (a: number, b: number, t: number) => a + (b - a) * t

/** 0 below `low`, 1 above `high`, smooth between. */
export function smooth(low: number, high: number, value: number): number {
  const t = min(1, max(0, (value - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

/** A sky from top to bottom. */
export function backdrop(sheet: Sheet, top: Colour, bottom: Colour): void {
  const gradient = sheet.ctx.createLinearGradient(0, 0, 0, sheet.height)
  gradient.addColorStop(0, css(top))
  gradient.addColorStop(1, css(bottom))
  sheet.ctx.fillStyle = gradient
  sheet.ctx.fillRect(0, 0, sheet.width, sheet.height)
}

/** A round light that fades out, added to what is there. */
export function glow(sheet: Sheet, at: { x: number; y: number; radius: number; colour: Colour; alpha?: number }): void {
  const [x, y] = place(sheet, at.x, at.y)
  const radius = at.radius * sheet.height
  const gradient = sheet.ctx.createRadialGradient(x, y, 0, x, y, radius)
  const alpha = at.alpha ?? 1
  // Falls off about as the square of the distance.
  for (const [stop, share] of [
    [0, 1],
    [0.08, 0.62],
    [0.2, 0.28],
    [0.45, 0.08],
    [1, 0],
  ] as const) {
    gradient.addColorStop(stop, css(at.colour, alpha * share))
  }
  sheet.ctx.save()
  sheet.ctx.globalCompositeOperation = 'lighter'
  sheet.ctx.fillStyle = gradient
  sheet.ctx.fillRect(x - radius, y - radius, 2 * radius, 2 * radius)
  sheet.ctx.restore()
}
