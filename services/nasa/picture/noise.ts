import type { Chance } from '../chance.ts'

// Taken out once: where the global object is guarded, as in Jest, looking it up costs more than the arithmetic.
const { PI, abs, cos, floor, sin } = Math

export interface Noise {
  /** Smooth, about -1 to 1, features about one unit wide. */
  at(x: number, y: number): number
  /** Octaves of it, each half as strong and twice as fine: clouds. About -1 to 1. */
  clouds(x: number, y: number, octaves: number): number
  /** The creases of the same: filaments. 0 to 1. */
  ridges(x: number, y: number, octaves: number): number
}

/** Gradient noise after Perlin, https://doi.org/10.1145/566654.566636, over a table shuffled by chance. */
export function createNoise(chance: Chance): Noise {
  const { table, gx, gy } = tables(chance)
  const corner = (ix: number, iy: number, dx: number, dy: number) => {
    const hash = table[((table[ix & 255] ?? 0) + iy) & 255] ?? 0
    return (gx[hash] ?? 0) * dx + (gy[hash] ?? 0) * dy
  }
  const at = (x: number, y: number) => {
    const ix = floor(x)
    const iy = floor(y)
    const dx = x - ix
    const dy = y - iy
    const u = dx * dx * dx * (dx * (dx * 6 - 15) + 10)
    const v = dy * dy * dy * (dy * (dy * 6 - 15) + 10)
    const top = corner(ix, iy, dx, dy) * (1 - u) + corner(ix + 1, iy, dx - 1, dy) * u
    const bottom = corner(ix, iy + 1, dx, dy - 1) * (1 - u) + corner(ix + 1, iy + 1, dx - 1, dy - 1) * u
    return (top * (1 - v) + bottom * v) * 1.5
  }
  const clouds = (x: number, y: number, octaves: number) => {
    let sum = 0
    for (let octave = 0, size = 1, strength = 0.6; octave < octaves; octave++, size *= 2.03, strength *= 0.5) {
      // Each octave is shifted, lest all their zeros meet at the origin.
      sum += at(x * size + octave * 17.3, y * size - octave * 9.1) * strength
    }
    return sum
  }
  const ridges = (x: number, y: number, octaves: number) => {
    let sum = 0
    for (let octave = 0, size = 1, strength = 0.55; octave < octaves; octave++, size *= 2.1, strength *= 0.5) {
      const crease = 1 - abs(at(x * size + octave * 5.7, y * size + octave * 13.9))
      sum += crease * crease * strength
    }
    return sum
  }
  return { at, clouds, ridges }
}

function tables(chance: Chance) {
  const table = Uint8Array.from(chance.shuffled(Array.from({ length: 256 }, (_, index) => index)))
  const angles = Float32Array.from({ length: 256 }, () => chance.next() * 2 * PI)
  return { table, gx: angles.map(cos), gy: angles.map(sin) }
}
