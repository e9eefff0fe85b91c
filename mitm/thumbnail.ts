import { createCanvas, loadImage } from '@napi-rs/canvas'
import { MOST_PIXELS } from './restamp.ts'

/** pixels */
const WIDTH = 240

/** The same picture, small: a JPEG of some kilobytes. Undefined for one that would cost too much to read. */
export async function thumbnail(picture: Buffer): Promise<Buffer | undefined> {
  const genuine = await loadImage(picture)
  const { width, height } = genuine
  if (width * height > MOST_PIXELS || width === 0 || height === 0) return undefined
  const scale = Math.min(1, WIDTH / Math.max(width, height))
  const canvas = createCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
  canvas.getContext('2d').drawImage(genuine, 0, 0, canvas.width, canvas.height)
  return canvas.encode('jpeg', 80)
}
