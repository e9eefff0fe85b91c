import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/**
 * What an app is, as one number: SHA-256 over the names and contents of its files and over the pins it ships with.
 * One byte changed anywhere gives another measurement; the place it is installed in gives the same.
 * @param pins all that the app was shipped with in order to know its server: see trustAsText
 * @returns 64 hex digits
 */
export async function measureApp(folder: string, pins: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
  const hash = createHash('sha256')
  for (const name of names) {
    const content = await readFile(join(folder, name))
    // Lengths first: moving a byte from a name to its content must not give the same measurement.
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.update(`pins\0${pins}`).digest('hex')
}

/** What an app ships in order to know its server: the article's certificate, and public-key pins. */
export interface ShippedTrust {
  /** PEM. */
  readonly certificate: string
  readonly pins: readonly ShippedPins[]
}

interface ShippedPins {
  readonly host: string
  readonly pins: readonly string[]
  readonly authorities?: readonly string[]
}

/** One text for one trust: white space and the order of JSON fields, which change nothing, change nothing here either. */
export function trustAsText({ certificate, pins }: ShippedTrust): string {
  const entries = pins.map(({ host, pins, authorities = [] }) => [host, ...pins, authorities])
  return JSON.stringify([certificate.replace(/\s+/g, ''), ...entries])
}
