import { createHash } from 'node:crypto'
import { describe } from '../caption/entry.ts'
import { imagePath, parseImagePath } from '../caption/picture-name.ts'
import { type Day, FIRST_DAY, ordinalOf } from '../day.ts'
import { createShelf } from './shelf.ts'

export interface Picture {
  readonly bytes: Buffer
  /** Strong: a digest of the bytes. */
  readonly etag: string
  readonly lastModified: Date
}

export interface Library {
  /** The picture at a path, or undefined when no day up to `today` has one of that name. */
  find(path: string, today: Day): Promise<Picture> | undefined
  /** How many pictures were drawn so far. */
  readonly drawn: number
}

/** @param mostBytes of finished pictures in memory; a hundred or so in either size */
export function createLibrary(mostBytes = 8_000_000): Library {
  const shelf = createShelf<Picture>(mostBytes, ({ bytes }) => bytes.length)
  return {
    get drawn() {
      return shelf.made
    },
    find(path, today) {
      const asked = parseImagePath(path)
      if (!asked || asked.day < FIRST_DAY || asked.day > today) return undefined
      const { name, mediaType, kind } = describe(asked.day)
      if (imagePath(name, asked.size) !== path) return undefined
      // A picture day has no thumbnail, and a video day nothing else.
      if ((asked.size === 'thumbnail') !== (mediaType === 'video')) return undefined
      return shelf.take(path, async () => {
        // Not loaded before the first picture is asked for: many starts of the lab never come to one.
        const { drawAside } = await import('./studio.ts')
        return bound(await drawAside({ day: asked.day, kind, size: asked.size }), asked.day)
      })
    },
  }
}

function bound(bytes: Buffer, day: Day): Picture {
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
  // Published shortly after midnight in Maryland, which is 4 or 5 hours behind UTC.
  const lastModified = new Date(ordinalOf(day) * 86_400_000 + 5 * 3_600_000)
  return { bytes, etag: `"${digest}"`, lastModified }
}
