import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas'

/** A picture that says it has many more pixels than this is left alone: decoding it would cost the attacker its memory. */
export const MOST_PIXELS = 50_000_000

/** Letters of 5 by 7 dots, row by row from the top: words need a font, and a bare container has none. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  I: [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
  N: [0b10001, 0b11001, 0b10101, 0b10101, 0b10011, 0b10001, 0b10001],
  T: [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
  E: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
  R: [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
  C: [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
  P: [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000],
  D: [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110],
}
const WORD = [...'INTERCEPTED']
const ROWS = 7
/** Dots of a letter, and one between it and the next. */
const STEP = 6
const WIDTH = WORD.length * STEP - 1
/** Column and row of each dot of the word. */
const DOTS = WORD.flatMap((letter, place) =>
  (LETTERS[letter] ?? []).flatMap((row, y) =>
    [0, 1, 2, 3, 4].flatMap((x) => (row & (0b10000 >> x) ? [[place * STEP + x, y] as const] : [])),
  ),
)

/**
 * The same picture as a negative, behind a red band: whoever looks at it sees that it isn't the genuine one.
 * @returns undefined for a format that can't be written again
 */
export async function restamp(picture: Buffer, contentType: string): Promise<Buffer | undefined> {
  const encode = encoderFor(contentType)
  if (!encode) return undefined
  const genuine = await loadImage(picture)
  const { width, height } = genuine
  if (width * height > MOST_PIXELS) return undefined
  const canvas = createCanvas(width, height)
  const pen = canvas.getContext('2d')
  pen.drawImage(genuine, 0, 0)
  pen.globalCompositeOperation = 'difference'
  pen.fillStyle = 'white'
  pen.fillRect(0, 0, width, height)
  pen.globalCompositeOperation = 'source-over'
  const band = Math.max(1, Math.round(height / 6))
  const top = Math.round((height - band) / 2)
  pen.fillStyle = '#c8102e'
  pen.fillRect(0, top, width, band)
  pen.fillStyle = 'white'
  const dot = Math.min((band * 0.6) / ROWS, (width * 0.9) / WIDTH)
  const [left, up] = [(width - WIDTH * dot) / 2, top + (band - ROWS * dot) / 2]
  // Half a pixel wider than they are apart, so that no seam shows between them.
  for (const [x, y] of DOTS) pen.fillRect(left + x * dot, up + y * dot, dot + 0.5, dot + 0.5)
  return encode(canvas)
}

function encoderFor(contentType: string): ((canvas: Canvas) => Promise<Buffer>) | undefined {
  if (/^image\/jpe?g\b/i.test(contentType)) return (canvas) => canvas.encode('jpeg', 85)
  if (/^image\/png\b/i.test(contentType)) return (canvas) => canvas.encode('png')
  if (/^image\/webp\b/i.test(contentType)) return (canvas) => canvas.encode('webp', 85)
  if (/^image\/avif\b/i.test(contentType)) return (canvas) => canvas.encode('avif')
  return undefined
}
