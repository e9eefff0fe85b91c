import { LabError } from '#kit/error.ts'

/** One of `of` disjoint parts, counted from 1. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** @throws LabError SHARD_INVALID */
export function parseShard(text: string): Shard {
  const [, index = Number.NaN, of = Number.NaN] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number)
  if (index >= 1 && of >= 1 && index <= of) return { index, of }
  throw new LabError('SHARD_INVALID', `'${text}' is not a shard`, {
    hint: 'write i/n, the first of three being 1/3',
  })
}

/** Which of the items belong to the shard. Every item belongs to exactly one; neighbours go to different ones. */
export function inShard<T>(items: readonly T[], { index, of }: Shard): T[] {
  return items.filter((_, position) => position % of === index - 1)
}
