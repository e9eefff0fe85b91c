import { backdrop, type Colour, field, glow, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { atan2, cos, exp, max, sin } = Math

export function comet(sheet: Sheet): void {
  const { chance } = sheet
  const flip = chance.maybe(0.5) ? 1 : -1
  const head = { x: chance.between(0.3, 0.5) * flip, y: chance.between(0.1, 0.28) }
  const dawn = chance.maybe(0.5)
  if (dawn) backdrop(sheet, [0.01, 0.025, 0.08], [0.3, 0.17, 0.14])
  else backdrop(sheet, [0.008, 0.012, 0.03], [0.016, 0.02, 0.045])
  stars(sheet, { count: 620, size: 0.0024, bright: 3 })
  field(sheet, { cells: 220, blend: 'screen', paint: tails(sheet, head, flip) })
  glow(sheet, { ...head, radius: 0.24, colour: [0.35, 0.95, 0.75], alpha: 0.5 })
  glow(sheet, { ...head, radius: 0.09, colour: [0.75, 1, 0.9], alpha: 0.9 })
  glow(sheet, { ...head, radius: 0.022, colour: [1, 1, 1] })
}

function tails({ chance, noise }: Sheet, head: { x: number; y: number }, flip: number) {
  const direction = atan2(-chance.between(0.3, 0.75), -flip)
  const [ux, uy] = [cos(direction), sin(direction)]
  const bend = chance.between(0.16, 0.32) * (chance.maybe(0.5) ? 1 : -1)
  const ion = chance.pick<Colour>([
    [0.3, 0.55, 1],
    [0.35, 0.75, 1],
    [0.45, 0.5, 1],
  ])
  return (x: number, y: number, out: Float32Array) => {
    const along = (x - head.x) * ux + (y - head.y) * uy
    const across = (y - head.y) * ux - (x - head.x) * uy
    out.fill(0, 0, 3)
    out[3] = 1
    if (along < -0.02) return
    const reach = max(0, along)
    // Gas: straight, thin, in streamers.
    const width = 0.008 + 0.055 * reach
    const streak = 0.55 + 0.9 * noise.clouds((across / width) * 1.3, reach * 1.4, 3)
    const gas = exp(-((across / width) ** 2)) * exp(-reach * 1.5) * max(0, streak) * 1.15
    // Dust: broad, curved, with bands that fan out from the head.
    const spread = 0.012 + 0.26 * reach ** 1.25
    const drift = across - bend * reach ** 1.7
    const side = drift / spread
    const bands = 0.75 + 0.5 * noise.clouds(side * 3.2 + 20, reach * 0.7, 3)
    const dust = exp(-side * side * 1.6) * exp(-reach * 1.7) * bands * 1.25 * smooth(-0.02, 0.04, along)
    out[0] = dust * 1 + gas * ion[0]
    out[1] = dust * 0.88 + gas * ion[1]
    out[2] = dust * 0.7 + gas * ion[2]
  }
}
