import { type Colour, css, glow, place, type Sheet } from './sheet.ts'

const { PI, max, min } = Math

// From cool to hot, as black bodies of 3,500 to 20,000 kelvin look.
const TEMPERATURES: readonly [Colour, ...Colour[]] = [
  [1, 0.72, 0.48],
  [1, 0.84, 0.66],
  [1, 0.95, 0.88],
  [0.92, 0.95, 1],
  [0.78, 0.86, 1],
  [0.67, 0.78, 1],
]

export interface Stars {
  readonly count: number
  /** Of the brightest, in heights. */
  readonly size?: number
  /** How many of them are large enough to have a halo. */
  readonly bright?: number
  /** Where the next star is; anywhere when absent. */
  readonly at?: () => readonly [number, number]
  readonly colours?: readonly [Colour, ...Colour[]]
  readonly alpha?: number
}

/** Most are faint and few are bright, as in the sky. */
export function stars(sheet: Sheet, options: Stars): void {
  const { chance, ctx, height, aspect } = sheet
  const { count, size = 0.0035, bright = 0, colours = TEMPERATURES, alpha = 1 } = options
  const at = options.at ?? (() => [(chance.next() - 0.5) * aspect, chance.next() - 0.5] as const)
  ctx.save()
  ctx.globalCompositeOperation = 'lighter'
  for (let index = 0; index < count; index++) {
    const [x, y] = place(sheet, ...at())
    const magnitude = chance.next() ** 5
    const radius = max(0.35, (0.0006 + size * magnitude) * height)
    ctx.fillStyle = css(chance.pick(colours), alpha * min(1, 0.25 + magnitude * 1.5 + chance.next() * 0.25))
    ctx.beginPath()
    ctx.arc(x, y, radius, 0, 2 * PI)
    ctx.fill()
  }
  ctx.restore()
  for (let index = 0; index < bright; index++) {
    const [x, y] = at()
    brightStar(sheet, { x, y, size: chance.between(0.35, 1) ** 2, colour: chance.pick(colours) })
  }
}

/** A star with a halo and the four spikes that a reflector's struts make. */
export function brightStar(sheet: Sheet, star: { x: number; y: number; size: number; colour: Colour }): void {
  const { ctx } = sheet
  glow(sheet, { ...star, radius: 0.075 * star.size, alpha: 0.75 })
  glow(sheet, { ...star, radius: 0.016 * star.size + 0.002, colour: [1, 1, 1] })
  const [x, y] = place(sheet, star.x, star.y)
  const length = 0.07 * star.size * sheet.height
  ctx.save()
  ctx.globalCompositeOperation = 'lighter'
  for (const [dx, dy] of [
    [length, 0],
    [0, length],
  ] as const) {
    const gradient = ctx.createLinearGradient(x - dx, y - dy, x + dx, y + dy)
    gradient.addColorStop(0, css(star.colour, 0))
    gradient.addColorStop(0.5, css([1, 1, 1], 0.8))
    gradient.addColorStop(1, css(star.colour, 0))
    ctx.strokeStyle = gradient
    ctx.lineWidth = max(0.7, 0.0018 * sheet.height * star.size)
    ctx.beginPath()
    ctx.moveTo(x - dx, y - dy)
    ctx.lineTo(x + dx, y + dy)
    ctx.stroke()
  }
  ctx.restore()
}
