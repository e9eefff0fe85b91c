import { backdrop, field, glow, place, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { PI, atan2, cos, exp, hypot, max, sin } = Math

const RADIUS = 0.16

export function eclipse(sheet: Sheet): void {
  const { chance, ctx, noise } = sheet
  const [cx, cy] = [chance.between(-0.12, 0.12), chance.between(-0.05, 0.05)]
  backdrop(sheet, [0.02, 0.03, 0.075], [0.05, 0.06, 0.11])
  stars(sheet, { count: 90, size: 0.0022, bright: 2 })
  field(sheet, { cells: 230, blend: 'screen', paint: corona(sheet, cx, cy) })
  prominences(sheet, cx, cy)
  const [x, y] = place(sheet, cx, cy)
  ctx.fillStyle = '#05060a'
  ctx.beginPath()
  ctx.arc(x, y, RADIUS * sheet.height, 0, 2 * PI)
  ctx.fill()
  // Earthshine: the plains of the dark Moon, barely.
  field(sheet, {
    cells: 100,
    blend: 'screen',
    paint: (px, py, out) => {
      const inside = smooth(RADIUS, RADIUS * 0.97, hypot(px - cx, py - cy))
      const plain = 0.035 + 0.03 * noise.clouds((px - cx) * 14, (py - cy) * 14, 4)
      out[0] = plain * inside
      out[1] = plain * inside * 1.05
      out[2] = plain * inside * 1.3
      out[3] = 1
    },
  })
  if (chance.maybe(0.6)) diamond(sheet, cx, cy)
}

function corona({ chance, noise }: Sheet, cx: number, cy: number) {
  const axis = chance.between(0, PI)
  const flat = chance.between(0.15, 0.6)
  const seed = chance.between(0, 50)
  return (x: number, y: number, out: Float32Array) => {
    const r = hypot(x - cx, y - cy) / RADIUS
    const angle = atan2(y - cy, x - cx)
    // Noise on a circle, so that the streamers meet where the angle starts again.
    const [ux, uy] = [cos(angle), sin(angle)]
    const long = noise.clouds(ux * 1.6 + seed, uy * 1.6, 3)
    const fine = noise.clouds(ux * 9 + seed, uy * 9 + r * 0.35, 4)
    const equator = cos(angle - axis) ** 2
    const steep = 3.3 - 1.1 * long - flat * 1.8 * equator
    const light = max(1, r) ** -steep * (0.95 + 0.75 * fine) * (1 - smooth(3, 5.4, r))
    const edge = 0.5 * exp(-(r - 1) * 18)
    out[0] = light * 0.96 + edge
    out[1] = light * 0.98 + edge * 0.96
    out[2] = light * 1.1 + edge * 0.95
    out[3] = 1
  }
}

function prominences(sheet: Sheet, cx: number, cy: number): void {
  const { chance } = sheet
  for (let group = chance.whole(2, 5); group > 0; group--) {
    const angle = chance.between(0, 2 * PI)
    for (let index = 0; index < 6; index++) {
      const turn = angle + chance.between(-0.1, 0.1)
      const r = RADIUS * chance.between(0.985, 1.05)
      const [x, y] = [cx + r * cos(turn), cy + r * sin(turn)]
      glow(sheet, { x, y, radius: chance.between(0.012, 0.026), colour: [1, 0.12, 0.3], alpha: 0.9 })
    }
  }
}

function diamond(sheet: Sheet, cx: number, cy: number): void {
  const angle = sheet.chance.between(0, 2 * PI)
  const at = { x: cx + RADIUS * cos(angle), y: cy + RADIUS * sin(angle) }
  glow(sheet, { ...at, radius: 0.34, colour: [1, 0.96, 0.9], alpha: 0.85 })
  glow(sheet, { ...at, radius: 0.09, colour: [1, 1, 1] })
  glow(sheet, { ...at, radius: 0.03, colour: [1, 1, 1] })
}
