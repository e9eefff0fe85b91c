import { backdrop, field, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { PI, asin, ceil, cos, exp, floor, hypot, max, min, sin, sqrt } = Math

interface Ball {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly light: readonly [number, number, number]
}

// Heights are laid out on a grid over the ball's own square, then lit.
const GRID = 384

export function moon(sheet: Sheet): void {
  const { chance } = sheet
  const near = chance.maybe(0.5)
  const sun = chance.between(0, 2 * PI)
  const ahead = chance.between(-0.15, 0.55)
  const side = sqrt(1 - ahead * ahead)
  const ball: Ball = {
    x: near ? chance.between(-0.35, 0.35) : chance.between(-0.2, 0.2),
    y: near ? chance.between(0.25, 0.42) : chance.between(-0.03, 0.03),
    radius: near ? chance.between(0.62, 0.78) : chance.between(0.38, 0.43),
    light: [cos(sun) * side, sin(sun) * side * (near ? -0.6 : 0.4), ahead],
  }
  backdrop(sheet, [0.006, 0.008, 0.016], [0.012, 0.014, 0.028])
  stars(sheet, { count: 260, size: 0.0018 })
  field(sheet, { cells: 265, paint: ground(sheet, ball, relief(sheet)) })
}

/** Craters of all sizes, old ones first, so that the young lie on top. */
function relief({ chance }: Sheet): Float32Array {
  const heights = new Float32Array(GRID * GRID)
  for (let index = 0; index < 620; index++) {
    const radius = 2 + 26 * chance.next() ** 7
    const [cx, cy] = [chance.next() * GRID, chance.next() * GRID]
    const deep = radius * chance.between(0.1, 0.17)
    const reach = ceil(radius * 1.7)
    for (let y = max(0, floor(cy - reach)); y < min(GRID, cy + reach); y++) {
      for (let x = max(0, floor(cx - reach)); x < min(GRID, cx + reach); x++) {
        const r = hypot(x - cx, y - cy) / radius
        if (r > 1.7) continue
        const bowl = r < 1 ? (r * r - 1) * deep : 0
        const wall = exp(-(((r - 1) / 0.22) ** 2)) * deep * 0.55
        heights[y * GRID + x] = (heights[y * GRID + x] ?? 0) * (1 - 0.75 * smooth(1.05, 0.75, r)) + bowl + wall
      }
    }
  }
  return heights
}

function ground({ chance, noise }: Sheet, ball: Ball, heights: Float32Array) {
  const warm = chance.between(-0.03, 0.06)
  const seed = chance.between(0, 40)
  const height = (gx: number, gy: number) => {
    const [ix, iy] = [min(GRID - 2, max(0, gx | 0)), min(GRID - 2, max(0, gy | 0))]
    const [fx, fy] = [gx - ix, gy - iy]
    const at = iy * GRID + ix
    const top = (heights[at] ?? 0) * (1 - fx) + (heights[at + 1] ?? 0) * fx
    return top * (1 - fy) + ((heights[at + GRID] ?? 0) * (1 - fx) + (heights[at + GRID + 1] ?? 0) * fx) * fy
  }
  return (x: number, y: number, out: Float32Array) => {
    const px = (x - ball.x) / ball.radius
    const py = (y - ball.y) / ball.radius
    const r = hypot(px, py)
    out[3] = 1 - smooth(0.994, 1.002, r)
    if (r >= 1.002) return
    const z = sqrt(max(0, 1 - r * r))
    // Towards the limb the ground is seen at a slant; mapped so, craters there look like ellipses.
    const bulge = asin(min(1, r)) / (r * 1.5708 + 1e-6)
    const [gx, gy] = [(px * bulge * 0.5 + 0.5) * GRID, (py * bulge * 0.5 + 0.5) * GRID]
    const rough = 0.5
    const slopeX = (height(gx + 1, gy) - height(gx - 1, gy)) * rough
    const slopeY = (height(gx, gy + 1) - height(gx, gy - 1)) * rough
    const scale = 1 / hypot(1, slopeX, slopeY)
    const lit = ((px - slopeX) * ball.light[0] + (py - slopeY) * ball.light[1] + z * ball.light[2]) * scale
    const sea = smooth(-0.05, 0.32, noise.clouds(px * 1.5 + seed, py * 1.5, 4))
    const grain = noise.clouds(px * 15, py * 15 + seed, 3)
    const albedo = (0.86 - 0.4 * sea) * (1 + 0.2 * grain)
    // The Moon has no limb darkening: dust throws light back where it came from.
    const day = smooth(-0.04, 0.28, lit) * (0.35 + 0.65 * max(0, lit) ** 0.6) + 0.012
    out[0] = albedo * day * (1.02 + warm)
    out[1] = albedo * day
    out[2] = albedo * day * (0.96 - warm + 0.1 * sea)
  }
}
