import { backdrop, type Colour, field, mix, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { exp, hypot, max } = Math

// Outer gas, inner gas, core: what the filters of real pictures give.
const PALETTES: readonly [readonly [Colour, Colour, Colour], ...(readonly [Colour, Colour, Colour])[]] = [
  [
    [0.75, 0.13, 0.24],
    [0.98, 0.48, 0.36],
    [0.55, 0.85, 1],
  ],
  [
    [0.12, 0.34, 0.62],
    [0.22, 0.78, 0.78],
    [1, 0.86, 0.55],
  ],
  [
    [0.62, 0.3, 0.08],
    [0.95, 0.68, 0.26],
    [0.42, 0.85, 0.9],
  ],
  [
    [0.36, 0.14, 0.62],
    [0.92, 0.35, 0.62],
    [0.7, 0.85, 1],
  ],
  [
    [0.1, 0.42, 0.36],
    [0.85, 0.62, 0.3],
    [1, 0.92, 0.78],
  ],
]

export function nebula(sheet: Sheet): void {
  const { chance } = sheet
  backdrop(sheet, [0.012, 0.012, 0.03], [0.025, 0.012, 0.03])
  stars(sheet, { count: 520, size: 0.0022 })
  field(sheet, { cells: 155, blend: 'screen', paint: gas(sheet) })
  field(sheet, { cells: 115, blend: 'source-over', paint: dust(sheet) })
  stars(sheet, { count: 130, size: 0.0028, bright: chance.whole(4, 9) })
}

function gas({ chance, noise }: Sheet) {
  const [outer, inner, core] = chance.pick(PALETTES)
  const [cx, cy] = [chance.between(-0.3, 0.3), chance.between(-0.15, 0.15)]
  const scale = chance.between(1.5, 2.4)
  const stretch = chance.between(0.45, 0.85)
  return (x: number, y: number, out: Float32Array) => {
    // Coordinates bent by the noise itself make the wisps; straight ones make mere clouds.
    const bendX = noise.clouds(x * scale + 3.1, y * scale, 3)
    const bendY = noise.clouds(x * scale, y * scale + 8.2, 3)
    const cloud = noise.clouds(x * scale + 1.2 * bendX, y * scale + 1.2 * bendY, 5)
    const wisp = noise.ridges(x * scale * 1.4 + bendY, y * scale * 1.4 + bendX, 4)
    const away = hypot((x - cx) * stretch, y - cy) + 0.2 * bendX + 0.06 * cloud
    const envelope = 1 - smooth(0.1, 0.78, away)
    const density = envelope * (0.12 + max(0, 0.5 + 0.95 * cloud)) * (0.3 + 1.05 * wisp ** 3)
    const heat = smooth(0.42, -0.05, away)
    const warm = smooth(-0.35, 0.45, bendY + 0.4 * cloud)
    const light = density * (0.85 + 1.15 * heat * heat)
    for (let channel = 0; channel < 3; channel++) {
      const shell = mix(outer[channel] ?? 0, inner[channel] ?? 0, warm)
      const colour = mix(shell, core[channel] ?? 0, heat * 0.7)
      // As film does it: twice the light is less than twice as bright, and colours survive in the core.
      out[channel] = 1 - exp(-2.5 * colour * light)
    }
    out[3] = 1
  }
}

function dust({ chance, noise }: Sheet) {
  const scale = chance.between(1.3, 2.1)
  const offset = chance.between(20, 90)
  return (x: number, y: number, out: Float32Array) => {
    const bend = noise.clouds(x * scale + offset, y * scale, 3)
    const cloud = noise.clouds(x * scale + offset + 0.9 * bend, y * scale - offset + 0.9 * bend, 5)
    const lane = noise.ridges(x * scale * 1.6 + offset + bend, y * scale * 1.6 - offset + bend, 4)
    out[0] = 0.035
    out[1] = 0.018
    out[2] = 0.022
    out[3] = 0.9 * smooth(0.05, 0.5, cloud) * (0.45 + 0.55 * smooth(0.5, 0.95, lane))
  }
}
