import { type Day, dayOf } from '../day.ts'

/** What the image files of a day are called: `image/1701/Lantern01_960.jpg`. */
export interface PictureName {
  readonly day: Day
  /** Words for the eye; any script. */
  readonly label: string
}

export const SIZES = {
  normal: { width: 960, height: 600, suffix: '_960' },
  hd: { width: 2048, height: 1280, suffix: '' },
  thumbnail: { width: 480, height: 360, suffix: '_thumb' },
} as const
export type Size = keyof typeof SIZES

/** `/apod/image/YYMM/NameDD_960.jpg`, as the real site orders its files; the name ends in the day of the month. */
export function imagePath({ day, label }: PictureName, size: Size): string {
  return `/apod/image/${day.slice(2, 4)}${day.slice(5, 7)}/${asciiOf(label)}${day.slice(8)}${SIZES[size].suffix}.jpg`
}

/**
 * The day and the size that a path is about, or undefined. Whether the day has a picture of that very name is for the
 * caller to compare, with imagePath().
 */
export function parseImagePath(path: string): { readonly day: Day; readonly size: Size } | undefined {
  const found = /^\/apod\/image\/(\d\d)(\d\d)\/[A-Za-z0-9]+?(\d\d)(_[0-9a-z]+)?\.jpg$/.exec(path)
  if (!found) return undefined
  const year = Number(found[1])
  // The site began in 1995: two digits name the year until 2094.
  const day = dayOf(year >= 95 ? 1900 + year : 2000 + year, Number(found[2]), Number(found[3]))
  const size = (Object.keys(SIZES) as Size[]).find((one) => SIZES[one].suffix === (found[4] ?? ''))
  return day && size ? { day, size } : undefined
}

// Letters that Unicode doesn't take apart into a base letter and an accent.
const BASE: Readonly<Record<string, string>> = { ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', ß: 'ss', ı: 'i', Þ: 'Th', ð: 'd' }

function asciiOf(label: string): string {
  return label
    .normalize('NFD')
    .replace(/[øØłŁßıÞð]/g, (letter) => BASE[letter] ?? letter)
    .replace(/[^A-Za-z0-9]/g, '')
}
