import * as v from 'valibot'
import { LabError } from '#kit/error.ts'
import type { Answer, PictureOfTheDay } from './client.ts'

/** NASA's address behind the proxy: today's picture, with a still where it is a video. */
export const TODAY = '/api.nasa.gov/planetary/apod?thumbs=true'

/** The same of another day. @param day `2017-01-01` */
export function pathOf(day: string): string {
  return `/api.nasa.gov/planetary/apod?date=${day}&thumbs=true`
}

/** The picture of the day as NASA's API tells of it. */
export type Apod = v.InferOutput<typeof ApodBody>

const ApodBody = v.object({
  date: v.string(),
  title: v.string(),
  explanation: v.string(),
  media_type: v.string(),
  url: v.optional(v.string()),
  thumbnail_url: v.optional(v.string()),
})

/** @throws LabError ANSWER_MALFORMED */
export function parseApod(body: Buffer): Apod {
  try {
    return v.parse(ApodBody, JSON.parse(body.toString('utf8')))
  } catch (error) {
    throw new LabError('ANSWER_MALFORMED', 'the answer is not a picture of the day', { kind: 'failure', cause: error })
  }
}

/**
 * Where the image to show is: the picture itself, or the still of a video where it can be had from the same origin.
 * An image elsewhere is returned all the same, for the client to refuse.
 */
export function imageAddress(apod: Apod, origin: string): string | undefined {
  if (apod.media_type === 'image') return apod.url
  const still = apod.thumbnail_url
  return still && URL.canParse(still, origin) && new URL(still, origin).origin === new URL(origin).origin
    ? still
    : undefined
}

export function describe(apod: Apod, image?: Answer & { readonly sha256: string }): PictureOfTheDay {
  const { date, title, explanation } = apod
  if (image?.status !== 200) return { date, title, explanation }
  const { contentType, body, sha256 } = image
  return { date, title, explanation, image: { contentType, bytes: body.length, sha256 } }
}
