import type { ClientReport, PictureOfTheDay, VisitOrder } from './client.ts'
import type { Visit } from './run.ts'

/** A look, and then the pictures of other days for somebody to see. JSON, so that it can travel to a container. */
export interface GalleryOrder {
  readonly order: VisitOrder
  /** `2017-01-01`, after today's */
  readonly days: readonly string[]
}

/** What came of it. JSON. */
export interface Hung {
  /** Of the look. */
  readonly report: ClientReport
  readonly pictures: readonly {
    readonly picture: PictureOfTheDay
    readonly image?: { readonly contentType: string; readonly base64: string }
  }[]
}

/** The pictures of other days, for as long as the client is answered. @param last what it said of the look before */
export async function leafThrough({ lookAt }: Visit, days: readonly string[], last: ClientReport): Promise<void> {
  let report = last
  for (const day of days) {
    if (report.outcome !== 'accepted' || !lookAt) return
    report = await lookAt(day)
  }
}
