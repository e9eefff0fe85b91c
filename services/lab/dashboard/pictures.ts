import { createHash } from 'node:crypto'
import type { Image } from '#client/run.ts'

/** Images that clients got, by the hash of their bytes: what a page shows must come from here and from nowhere else. */
export interface Pictures {
  /** Gives the name under which it is to be had; undefined for what no page should show. */
  keep(image: Image): string | undefined
  called(name: string): Image | undefined
}

/** Neither markup nor anything that could hold a script: whoever sent it may mean harm. */
const SHOWN = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif']
/** bytes of all of them; the oldest go first */
const MOST = 64 << 20

/** @param type without what else a header says */
export function nameOf(type: string, body: Buffer): string {
  return createHash('sha256').update(type).update(body).digest('hex')
}

export function createPictures(): Pictures {
  const kept = new Map<string, Image>()
  let bytes = 0
  return {
    keep: ({ contentType, body }) => {
      const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
      if (!SHOWN.includes(type)) return undefined
      const name = nameOf(type, body)
      const again = kept.get(name)
      if (again) {
        // It is the newest now: a page is about to show it.
        kept.delete(name)
        kept.set(name, again)
        return name
      }
      kept.set(name, { contentType: type, body })
      bytes += body.length
      for (const [oldest, image] of kept) {
        if (bytes <= MOST || oldest === name) break
        kept.delete(oldest)
        bytes -= image.body.length
      }
      return name
    },
    called: (name) => kept.get(name),
  }
}
