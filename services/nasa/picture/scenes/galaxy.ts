import { backdrop, field, glow, type Sheet, smooth } from '../sheet.ts'
import { stars } from '../stars.ts'

const { PI, atan2, cos, exp, hypot, log, max, min, sin } = Math

interface Disk {
  readonly x: number
  readonly y: number
  readonly turn: number
  /** Short axis over long: 1 is face on. */
  readonly tilt: number
  readonly arms: number
  /** How tightly the arms are wound. */
  readonly winding: number
  readonly size: number
  readonly bar: number
}

export function galaxy(sheet: Sheet): void {
  const { chance } = sheet
  const disk: Disk = {
    x: chance.between(-0.15, 0.15),
    y: chance.between(-0.06, 0.06),
    turn: chance.between(0, PI),
    tilt: chance.between(0.34, 0.92),
    arms: chance.pick([2, 2, 2, 3, 4]),
    winding: chance.between(2.4, 4.2) * (chance.maybe(0.5) ? 1 : -1),
    size: chance.between(0.14, 0.185),
    bar: chance.maybe(0.4) ? chance.between(0.35, 0.7) : 0,
  }
  backdrop(sheet, [0.01, 0.012, 0.028], [0.02, 0.016, 0.032])
  stars(sheet, { count: 300, size: 0.002 })
  field(sheet, { cells: 260, blend: 'screen', paint: disc(sheet, disk) })
  glow(sheet, { x: disk.x, y: disk.y, radius: disk.size * 1.3, colour: [1, 0.9, 0.7], alpha: 0.55 })
  nurseries(sheet, disk)
  stars(sheet, { count: 60, size: 0.003, bright: chance.whole(3, 7) })
}

function disc({ noise }: Sheet, disk: Disk) {
  const [ux, uy] = [cos(disk.turn), sin(disk.turn)]
  return (x: number, y: number, out: Float32Array) => {
    const u = (x - disk.x) * ux + (y - disk.y) * uy
    const v = ((y - disk.y) * ux - (x - disk.x) * uy) / disk.tilt
    const r = hypot(u, v) / disk.size
    out.fill(0, 0, 3)
    out[3] = 1
    if (r > 4.2) return
    const angle = atan2(v, u)
    const grain = noise.clouds(u * 9, v * 9, 4)
    const phase = disk.arms * (angle - disk.winding * log(r + 0.35)) + 1.6 * grain
    const arm = (0.5 + 0.5 * cos(phase)) ** 2.2
    // Dust lies along the inner edge of an arm.
    const lane = (0.5 + 0.5 * cos(phase + 0.95)) ** 6 * smooth(0.35, 1.1, r)
    const fade = exp(-r * 0.85) * (1 - smooth(3, 4.2, r))
    const knots = max(0, 0.55 + 1.1 * noise.clouds(u * 26 + 40, v * 26, 3))
    const young = fade * arm * knots * 2.9 * smooth(0.3, 0.9, r)
    const old = fade * (0.62 + 0.25 * arm)
    const bulge = 1.25 * exp(-r * r * (disk.bar > 0 ? 3 + 9 * disk.bar * sin(angle) ** 2 : 4.2))
    const veil = 1 - 0.72 * min(1, lane * (0.7 + grain))
    out[0] = (young * 0.62 + old * 0.86 + bulge * 1) * veil
    out[1] = (young * 0.78 + old * 0.74 + bulge * 0.84) * veil * 0.98
    out[2] = (young * 1.15 + old * 0.62 + bulge * 0.58) * veil * 0.94
  }
}

// Pink clouds of hydrogen and blue clusters, strung along the arms.
function nurseries(sheet: Sheet, disk: Disk): void {
  const { chance } = sheet
  const [ux, uy] = [cos(disk.turn), sin(disk.turn)]
  for (let index = 0; index < 150; index++) {
    const r = chance.between(0.75, 2.9)
    const arm = (2 * PI * chance.whole(0, disk.arms - 1)) / disk.arms
    const angle = disk.winding * log(r + 0.35) + arm + chance.between(-0.3, 0.3)
    const [u, v] = [r * cos(angle) * disk.size, r * sin(angle) * disk.size * disk.tilt]
    const pink = chance.maybe(0.5)
    glow(sheet, {
      x: disk.x + u * ux - v * uy,
      y: disk.y + u * uy + v * ux,
      radius: chance.between(0.009, 0.024),
      colour: pink ? [1, 0.35, 0.55] : [0.6, 0.78, 1],
      alpha: chance.between(0.35, 0.95) * exp(-r * 0.2),
    })
  }
}
