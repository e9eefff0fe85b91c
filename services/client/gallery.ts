import type { ClientReport, PictureOfTheDay } from './client.ts'
import type { Show, Visit } from './run.ts'

/** A picture that a client has got, so that it can travel from a container. JSON. */
export interface Hung {
  readonly picture: PictureOfTheDay
  readonly image?: { readonly contentType: string; readonly base64: string }
}

/** What a visit has got and nobody has fetched yet. */
export interface Wall {
  readonly show: Show
  /** All of it, once. */
  take(): Hung[]
}

/** Pictures that wait; the oldest goes first. */
const MOST = 40

export function createWall(): Wall {
  let hung: Hung[] = []
  return {
    show: (picture, image) => {
      const { contentType, body } = image ?? {}
      const sent = body && contentType !== undefined && { image: { contentType, base64: body.toString('base64') } }
      hung.push({ picture, ...sent })
      if (hung.length > MOST) hung.shift()
    },
    take: () => {
      const all = hung
      hung = []
      return all
    },
  }
}

/** Shows what came from a container's wall. */
export function showAll(pictures: readonly Hung[], show: Show): void {
  for (const { picture, image } of pictures) {
    show(picture, image && { contentType: image.contentType, body: Buffer.from(image.base64, 'base64') })
  }
}

/** The pictures of other days, for as long as the client is answered. @param last what it said of the look before */
export async function leafThrough({ lookAt }: Visit, days: readonly string[], last: ClientReport): Promise<void> {
  let report = last
  for (const day of days) {
    if (report.outcome !== 'accepted' || !lookAt) return
    report = await lookAt(day)
  }
}
