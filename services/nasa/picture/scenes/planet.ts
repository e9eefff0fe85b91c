import { backdrop, type Colour, css, field, glow, mix, place, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { PI, abs, asin, atan2, cos, exp, hypot, max, min, sin, sqrt, tan } = Math

const BANDS: readonly [readonly [Colour, Colour, Colour], ...(readonly [Colour, Colour, Colour])[]] = [
  [
    [0.93, 0.83, 0.68],
    [0.72, 0.46, 0.28],
    [0.98, 0.93, 0.84],
  ],
  [
    [0.94, 0.85, 0.6],
    [0.8, 0.66, 0.4],
    [0.99, 0.94, 0.78],
  ],
  [
    [0.36, 0.62, 0.86],
    [0.16, 0.34, 0.66],
    [0.72, 0.88, 0.98],
  ],
  [
    [0.6, 0.86, 0.84],
    [0.3, 0.6, 0.64],
    [0.86, 0.97, 0.93],
  ],
  [
    [0.86, 0.62, 0.62],
    [0.56, 0.3, 0.4],
    [0.98, 0.84, 0.78],
  ],
]

interface Globe {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly axis: number
  /** Where the light comes from, a unit vector; z towards us. */
  readonly light: Colour
}

interface Rings {
  readonly inner: number
  readonly outer: number
  /** Short axis over long. */
  readonly open: number
  readonly colour: Colour
}

export function planet(sheet: Sheet): void {
  const { chance } = sheet
  const sun = chance.between(0, 2 * PI)
  const ahead = chance.between(-0.25, 0.65)
  const side = sqrt(1 - ahead * ahead)
  const globe: Globe = {
    x: chance.between(-0.22, 0.22),
    y: chance.between(-0.06, 0.06),
    radius: chance.between(0.23, 0.33),
    axis: chance.between(-0.5, 0.5),
    light: [cos(sun) * side, sin(sun) * side * 0.5, ahead + 0.3],
  }
  const palette = chance.pick(BANDS)
  const rings: Rings | undefined = chance.maybe(0.6)
    ? { inner: 1.28, outer: chance.between(1.9, 2.4), open: chance.between(0.12, 0.38), colour: palette[2] }
    : undefined
  backdrop(sheet, [0.008, 0.01, 0.022], [0.014, 0.012, 0.026])
  stars(sheet, { count: 420, size: 0.002, bright: 2 })
  glow(sheet, { ...globe, radius: globe.radius * 2, colour: palette[0], alpha: 0.16 })
  if (rings) drawRings(sheet, globe, { rings, half: 'behind' })
  field(sheet, { cells: 330, paint: surface(sheet, globe, palette) })
  if (rings) drawRings(sheet, globe, { rings, half: 'in front' })
  moons(sheet, globe, palette[2])
}

function surface({ chance, noise }: Sheet, globe: Globe, [base, belt, haze]: readonly [Colour, Colour, Colour]) {
  const [ux, uy] = [cos(globe.axis), sin(globe.axis)]
  const bands = chance.between(9, 17)
  const turbulence = chance.between(0.5, 1.5)
  const storm = { along: chance.between(-0.4, 0.4), across: chance.between(-0.45, 0.45) }
  const edge = 0.006
  return (x: number, y: number, out: Float32Array) => {
    const px = (x - globe.x) / globe.radius
    const py = (y - globe.y) / globe.radius
    const r = hypot(px, py)
    out[3] = 1 - smooth(1 - edge, 1 + edge, r)
    if (r >= 1 + edge) return
    const z = sqrt(max(0, 1 - r * r))
    const along = px * ux + py * uy
    const across = py * ux - px * uy
    const longitude = atan2(along, z + 0.001)
    const latitude = asin(max(-1, min(1, across)))
    const spot = exp(-(((longitude - storm.along) / 0.24) ** 2 + ((latitude - storm.across) / 0.11) ** 2) * 2)
    const swirl = noise.clouds(longitude * 3.2, latitude * 15, 4)
    const jet = noise.at(longitude * 1.1 + 9, latitude * 6) * 0.25
    const wave = noise.at(3.3, (latitude + 0.035 * turbulence * swirl) * bands * 0.8 + jet)
    const stripe = smooth(-0.5, 0.5, wave + 0.35 * swirl * turbulence)
    const top = smooth(0.15, 0.6, noise.at(7.7, latitude * bands * 1.7 + swirl * 0.6))
    const sunlit = px * globe.light[0] + py * globe.light[1] + z * globe.light[2]
    const day = smooth(-0.12, 0.75, sunlit) * (0.45 + 0.55 * sqrt(z)) + 0.012
    const rim = (1 - z) ** 3 * smooth(-0.1, 0.4, sunlit) * 0.35
    for (let channel = 0; channel < 3; channel++) {
      const ground = mix(mix(belt[channel] ?? 0, base[channel] ?? 0, stripe), haze[channel] ?? 0, top * 0.5)
      const stormy = mix(ground, (belt[channel] ?? 0) * (channel === 0 ? 1.12 : 0.86), spot * 0.85)
      out[channel] = stormy * day * 1.08 + (haze[channel] ?? 0) * rim
    }
  }
}

function drawRings(sheet: Sheet, globe: Globe, part: { rings: Rings; half: 'behind' | 'in front' }): void {
  const { ctx, noise } = sheet
  const { rings, half } = part
  const [x, y] = place(sheet, globe.x, globe.y)
  const radius = globe.radius * sheet.height
  const lit = 0.95 * max(0.3, globe.light[2] + 0.35)
  const [red, green, blue] = rings.colour
  ctx.save()
  ctx.translate(x, y)
  ctx.rotate(globe.axis)
  ctx.scale(1, rings.open)
  const steps = 120
  for (let step = 0; step < steps; step++) {
    const r = mix(rings.inner, rings.outer, step / steps)
    const gap = smooth(0.028, 0.05, abs(r - mix(rings.inner, rings.outer, 0.66)))
    const density = max(0.05, 0.55 + 0.8 * noise.clouds(r * 9, 4.4, 4)) * gap * smooth(1, 0.93, step / steps)
    ctx.strokeStyle = css([red * lit, green * lit, blue * lit], min(0.85, density))
    ctx.lineWidth = ((rings.outer - rings.inner) / steps) * radius * 1.35
    ctx.beginPath()
    ctx.arc(0, 0, r * radius, half === 'behind' ? PI : 0, half === 'behind' ? 2 * PI : PI)
    ctx.stroke()
  }
  ctx.restore()
}

function moons(sheet: Sheet, globe: Globe, colour: Colour): void {
  const { chance } = sheet
  for (let index = chance.whole(1, 3); index > 0; index--) {
    const distance = chance.between(1.5, 3) * globe.radius * (chance.maybe(0.5) ? 1 : -1)
    const [x, y] = [globe.x + distance, globe.y + distance * tan(globe.axis) * 0.6 + chance.between(-0.04, 0.04)]
    glow(sheet, { x, y, radius: 0.02, colour, alpha: 0.3 })
    glow(sheet, { x, y, radius: chance.between(0.004, 0.008), colour: [1, 1, 1] })
  }
}
