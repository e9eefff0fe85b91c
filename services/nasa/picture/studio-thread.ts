import type { Kind } from '../caption/entry.ts'
import type { Size } from '../caption/picture-name.ts'
import type { Day } from '../day.ts'
import { draw } from './draw.ts'

export interface Drawing {
  readonly day: Day
  readonly kind: Kind
  readonly size: Size
}

/** What the thread does when asked: see drawAside. */
export default ({ day, kind, size }: Drawing): Promise<Uint8Array> => draw(day, kind, size)
