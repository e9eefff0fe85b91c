import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas'

/** A picture that says it has many more pixels than this is left alone: decoding it would cost the attacker its memory. */
const MOST_PIXELS = 50_000_000

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
  // Words need a font, which a bare container lacks; the negative and the band don't.
  pen.fillStyle = 'white'
  pen.font = `bold ${Math.round(Math.min(band * 0.6, width / 9))}px sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText('INTERCEPTED', width / 2, top + band / 2, width)
  return encode(canvas)
}

function encoderFor(contentType: string): ((canvas: Canvas) => Promise<Buffer>) | undefined {
  if (/^image\/jpe?g\b/i.test(contentType)) return (canvas) => canvas.encode('jpeg', 85)
  if (/^image\/png\b/i.test(contentType)) return (canvas) => canvas.encode('png')
  if (/^image\/webp\b/i.test(contentType)) return (canvas) => canvas.encode('webp', 85)
  if (/^image\/avif\b/i.test(contentType)) return (canvas) => canvas.encode('avif')
  return undefined
}
