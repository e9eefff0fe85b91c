import { readTextFile } from '#kit/files.ts'
import { parsePins } from '#kit/pins-file.ts'
import type { Shipped } from './client.ts'

const HINT = 'make it: npm run certs'

/**
 * What lies beside the app in files.
 * @throws LabError CANNOT_READ, PINS_UNREADABLE
 */
export async function readShipped(files: { certificate: string; pins: string }): Promise<Shipped> {
  const [certificate, pins] = await Promise.all([
    readTextFile(files.certificate, 'the certificate that the client ships with', HINT),
    readTextFile(files.pins, 'the pins that the client ships with', HINT),
  ])
  return { certificate, pins: parsePins(pins, files.pins) }
}

/** @throws LabError CANNOT_READ */
export async function readAuthorities(path: string): Promise<readonly string[]> {
  return [await readTextFile(path, 'the authorities that the device trusts', HINT)]
}
