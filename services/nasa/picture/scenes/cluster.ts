import { backdrop, type Colour, field, glow, type Sheet, smooth } from '../sheet.ts'
import { brightStar, stars } from '../stars.ts'

const { PI, cos, max, min, sin, sqrt } = Math

const GIANTS: readonly [Colour, ...Colour[]] = [
  [1, 0.62, 0.3],
  [1, 0.72, 0.42],
  [1, 0.5, 0.28],
]

export function cluster(sheet: Sheet): void {
  const { chance, noise } = sheet
  const dense = chance.maybe(0.6)
  const [cx, cy] = [chance.between(-0.14, 0.14), chance.between(-0.07, 0.07)]
  const size = dense ? chance.between(0.09, 0.14) : chance.between(0.2, 0.3)
  const tint = chance.pick<Colour>([
    [0.16, 0.2, 0.36],
    [0.3, 0.2, 0.14],
    [0.14, 0.26, 0.3],
    [0.28, 0.14, 0.26],
  ])
  // Half of them within `size`, a few far out: a King profile, near enough.
  const member = () => {
    const r = size * min(8, sqrt(1 / max(0.015, 1 - chance.next() ** 1.2) - 1))
    const angle = chance.between(0, 2 * PI)
    return [cx + r * cos(angle), cy + r * sin(angle)] as const
  }
  backdrop(sheet, [0.01, 0.012, 0.026], [0.016, 0.014, 0.03])
  field(sheet, {
    cells: 80,
    blend: 'screen',
    paint: (x, y, out) => {
      const cloud = smooth(-0.3, 0.8, noise.clouds(x * 2, y * 2, 4)) * 0.75
      for (let channel = 0; channel < 3; channel++) out[channel] = cloud * (tint[channel] ?? 0)
      out[3] = 1
    },
  })
  stars(sheet, { count: 600, size: 0.0018 })
  glow(sheet, { x: cx, y: cy, radius: size * 4.5, colour: [1, 0.88, 0.7], alpha: dense ? 0.42 : 0.12 })
  stars(sheet, { count: dense ? 3200 : 900, size: 0.0034, at: member, alpha: 0.9 })
  stars(sheet, { count: dense ? 90 : 30, size: 0.0045, at: member, colours: GIANTS })
  for (let index = 0; index < (dense ? 12 : 22); index++) {
    const [x, y] = member()
    const colour: Colour = chance.maybe(0.4) ? chance.pick(GIANTS) : [0.66, 0.8, 1]
    brightStar(sheet, { x, y, size: chance.between(0.3, dense ? 0.6 : 0.95), colour })
  }
}
