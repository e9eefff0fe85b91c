import { backdrop, type Colour, css, field, place, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { exp, max } = Math

interface Curtain {
  readonly base: number
  readonly swing: number
  readonly offset: number
  readonly tall: number
  readonly strength: number
  readonly low: Colour
  readonly high: Colour
}

const COLOURS: readonly [readonly [Colour, Colour], ...(readonly [Colour, Colour])[]] = [
  [
    [0.25, 1, 0.5],
    [0.5, 0.2, 0.8],
  ],
  [
    [0.3, 1, 0.62],
    [0.2, 0.5, 0.9],
  ],
  [
    [0.45, 1, 0.35],
    [0.95, 0.2, 0.45],
  ],
  [
    [0.2, 0.95, 0.75],
    [0.65, 0.25, 0.95],
  ],
]

export function aurora(sheet: Sheet): void {
  const { chance } = sheet
  const horizon = chance.between(0.2, 0.32)
  const water = chance.maybe(0.55)
  const light = curtains(sheet, chance.whole(2, 4))
  backdrop(sheet, [0.01, 0.02, 0.06], [0.03, 0.09, 0.12])
  stars(sheet, { count: 520, size: 0.0022, bright: 1 })
  field(sheet, {
    cells: 200,
    blend: 'screen',
    paint: (x, y, out) => {
      // Water shows the sky upside down, darker, and broken into ripples.
      const below = water && y > horizon
      const ripple = below ? 0.012 * sheet.noise.at(x * 5, y * 90) : 0
      light(x + ripple, below ? 2 * horizon - y + ripple : y, out)
      if (below) for (let channel = 0; channel < 3; channel++) out[channel] = (out[channel] ?? 0) * 0.55
      out[3] = 1
    },
  })
  land(sheet, horizon, water)
}

function curtains({ chance, noise }: Sheet, count: number) {
  const [low, high] = chance.pick(COLOURS)
  const all: Curtain[] = Array.from({ length: count }, (_, index) => ({
    base: chance.between(-0.08, 0.16) - index * 0.09,
    swing: chance.between(0.08, 0.2),
    offset: chance.between(0, 60),
    tall: chance.between(0.16, 0.34),
    strength: chance.between(0.55, 1) / (1 + index * 0.35),
    low,
    high,
  }))
  return (x: number, y: number, out: Float32Array) => {
    out.fill(0, 0, 3)
    const haze = 0.1 * exp(-((y - 0.1) ** 2) * 14)
    out[1] = haze * 0.9
    out[2] = haze * 0.6
    for (const curtain of all) {
      const fold = noise.clouds(x * 1.1 + curtain.offset, curtain.offset, 3)
      const up = curtain.base + curtain.swing * fold - y
      if (up < -0.05) continue
      // Rays stand along the field lines: noise that changes across the sky and hardly up and down.
      const ray = 0.5 + 0.75 * noise.clouds(x * 11 + fold * 5 + curtain.offset, y * 0.5, 3)
      const strong = max(0.06, ray) * curtain.strength * (0.6 + 0.6 * noise.at(x * 2 - curtain.offset, 3))
      const rise = smooth(-0.05, 0.02, up) * exp(-max(0, up) / (curtain.tall * (0.5 + 0.7 * ray)))
      const height = smooth(0.04, curtain.tall * 1.7, up)
      for (let channel = 0; channel < 3; channel++) {
        const colour = (curtain.low[channel] ?? 0) * (1 - height) + (curtain.high[channel] ?? 0) * height
        out[channel] = (out[channel] ?? 0) + colour * strong * rise * 1.5
      }
    }
  }
}

function land(sheet: Sheet, horizon: number, water: boolean): void {
  const { chance, ctx, noise, aspect } = sheet
  const rough = chance.between(1.2, 2.6)
  const tall = chance.between(0.05, 0.14)
  const hill = (x: number) => max(0.002, tall * (0.45 + noise.clouds(x * rough + 40, 2.2, 5)))
  const outline = (sign: 1 | -1, scale: number) => {
    ctx.beginPath()
    ctx.moveTo(...place(sheet, -aspect / 2, horizon))
    for (let x = -aspect / 2; x <= aspect / 2 + 0.01; x += 0.004) {
      ctx.lineTo(...place(sheet, x, horizon - sign * hill(x) * scale))
    }
    ctx.lineTo(...place(sheet, aspect / 2, horizon))
    ctx.closePath()
    ctx.fill()
  }
  ctx.fillStyle = css([0.012, 0.022, 0.03])
  outline(1, 1)
  if (water) {
    ctx.fillStyle = css([0.006, 0.016, 0.022], 0.8)
    outline(-1, 0.85)
    return
  }
  ctx.fillStyle = css([0.012, 0.022, 0.03])
  ctx.fillRect(0, place(sheet, 0, horizon)[1] - 1, sheet.width, sheet.height)
  spruces(sheet, horizon)
}

function spruces(sheet: Sheet, horizon: number): void {
  const { chance, ctx, aspect } = sheet
  ctx.fillStyle = css([0.004, 0.008, 0.012])
  for (let index = 0; index < 90; index++) {
    const foot = chance.between(horizon + 0.06, 0.52)
    const x = chance.between(-aspect / 2, aspect / 2)
    const tall = chance.between(0.05, 0.13) * (0.6 + (foot - horizon) * 3)
    for (let tier = 0; tier < 5; tier++) {
      const top = foot - tall * (1 - tier * 0.17)
      const wide = tall * 0.07 * (tier + 1)
      ctx.beginPath()
      ctx.moveTo(...place(sheet, x, top))
      ctx.lineTo(...place(sheet, x + wide, top + tall * 0.36))
      ctx.lineTo(...place(sheet, x - wide, top + tall * 0.36))
      ctx.fill()
    }
  }
}
