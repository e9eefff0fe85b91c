import { createHash } from 'node:crypto'
import { describe } from '../caption/entry.ts'
import { imagePath, parseImagePath } from '../caption/picture-name.ts'
import { type Day, FIRST_DAY, ordinalOf } from '../day.ts'

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

/**
 * Draws on demand, each picture once for all who ask at the same time, and keeps the last few.
 * @param mostBytes of finished pictures in memory
 */
export function createLibrary(mostBytes = 8_000_000): Library {
  // In the order of use, the longest unused first.
  const kept = new Map<string, Promise<Picture>>()
  const sizes = new Map<string, number>()
  let drawn = 0

  const make = async (path: string, picture: () => Promise<Picture>) => {
    try {
      drawn++
      const made = await picture()
      sizes.set(path, made.bytes.length)
      forgetOldest(kept, sizes, mostBytes)
      return made
    } catch (error) {
      // The next one who asks gets another try.
      kept.delete(path)
      throw error
    }
  }
  return {
    get drawn() {
      return drawn
    },
    find(path, today) {
      const asked = parseImagePath(path)
      if (!asked || asked.day < FIRST_DAY || asked.day > today) return undefined
      const entry = describe(asked.day)
      // A picture day has no thumbnail and a video day nothing else.
      if (imagePath(entry.name, asked.size) !== path) return undefined
      if ((asked.size === 'thumbnail') !== (entry.mediaType === 'video')) return undefined
      const picture =
        kept.get(path) ??
        make(path, async () => {
          const { draw } = await import('./draw.ts')
          return bound(await draw(asked.day, entry.kind, asked.size), asked.day)
        })
      kept.delete(path)
      kept.set(path, picture)
      return picture
    },
  }
}

function bound(bytes: Buffer, day: Day): Picture {
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
  // Published shortly after midnight in Maryland, which is 4 or 5 hours behind UTC.
  const lastModified = new Date(ordinalOf(day) * 86_400_000 + 5 * 3_600_000)
  return { bytes, etag: `"${digest}"`, lastModified }
}

function forgetOldest(kept: Map<string, unknown>, sizes: Map<string, number>, mostBytes: number): void {
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  for (const path of kept.keys()) {
    if (total <= mostBytes) return
    const size = sizes.get(path)
    // One that is still being drawn has no size yet, and somebody is waiting for it.
    if (size === undefined) continue
    total -= size
    sizes.delete(path)
    kept.delete(path)
  }
}
