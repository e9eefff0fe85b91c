import { decoded, isJson } from './decoded.ts'
import type { Excerpt, RecordedAnswer } from './evidence.ts'
import type { Answer } from './forward.ts'

const MOST_TEXT = 2048
/** Dots, and nothing that says how to draw them. */
const DRAWN = /^image\/(jpe?g|png|gif|webp|avif)\b/i

/** The answer as it came and as it was told, so small that a page can show both. */
export async function recordedAnswer(genuine: Answer, told: Answer): Promise<RecordedAnswer> {
  const contentType = genuine.headers['content-type']
  const altered = told.body !== genuine.body
  return {
    status: genuine.status,
    ...(contentType !== undefined && { contentType: String(contentType) }),
    genuine: await excerptOf(genuine),
    ...(altered && { told: await excerptOf(told) }),
  }
}

export async function excerptOf(answer: Pick<Answer, 'headers' | 'body'>): Promise<Excerpt> {
  const { length: bytes } = answer.body
  const type = String(answer.headers['content-type'] ?? '')
  try {
    const body = bytes > 0 ? await decoded(answer) : undefined
    if (!body) return { bytes }
    if (/^text\//i.test(type) || isJson(type)) return { bytes, text: body.toString('utf8', 0, MOST_TEXT) }
    if (!DRAWN.test(type)) return { bytes }
    const { thumbnail } = await import('./thumbnail.ts')
    const picture = await thumbnail(body)
    return { bytes, ...(picture && { picture: picture.toString('base64') }) }
  } catch {
    // Not what its type says.
    return { bytes }
  }
}
