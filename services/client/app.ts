import { fileURLToPath } from 'node:url'
import { measureApp, trustAsText } from '#kit/measure.ts'
import type { Shipped } from './client.ts'

/** The folder that is the app: what `npm run register` measures, the app measures of itself. */
const FOLDER = fileURLToPath(new URL('./', import.meta.url))

/** @returns 64 hex digits; other ones as soon as a file, a pin or the certificate differs */
export function measureClient(shipped: Shipped): Promise<string> {
  return measureApp(FOLDER, trustAsText(shipped))
}

/** The same app with somebody else's pins or certificate in it: what an attacker would hand out as ours. */
export function repackage(shipped: Shipped, replaced: Partial<Shipped>): Shipped {
  return { ...shipped, ...replaced }
}
